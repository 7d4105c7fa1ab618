/* The link that makes the hall's computer its screen: made, copied, taken back. */

import { confirmBox, toast } from "../hub/hub.js";
import { _ } from "../hub/format.js";
import { text } from "./card.js";
import { api, send } from "./http.js";

export function pairing(meeting) {
  const dialog = document.getElementById("link-dialog");
  const find = (selector) => dialog.querySelector(selector);
  const path = api(`/meetings/${meeting.id}/screen/link`);
  let made = false;

  const show = ({ address }) => {
    made = Boolean(address);
    text(find("[data-link-address]"), address);
    find("[data-link-address]").hidden = !made;
    find("[data-link-none]").hidden = made;
    find("[data-link-copy]").hidden = !made;
    find("[data-link-copy]").dataset.copy = address;
    find("[data-link-end]").hidden = !made;
    text(find("[data-link-new] [data-words]"), made ? _("Make a new link") : _("Make a link"));
  };
  const write = async (method, body) => {
    try {
      show(await send(method, path, body));
    } catch (error) {
      toast(error.message, "error");
    }
  };
  const ask = (title) => confirmBox({ title, text: _("Screens that came by the old link go dark within seconds."), yes: _("Yes"), danger: true });

  document.addEventListener("click", (event) => event.target.closest('[data-dialog="link-dialog"]') && write("GET"));
  find("[data-link-new]").addEventListener("click", async () => (!made || (await ask(_("Make a new link?")))) && write("POST"));
  find("[data-link-end]").addEventListener("click", async () => (await ask(_("Take the link back?"))) && write("DELETE"));
}
