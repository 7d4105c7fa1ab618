/* The cases on this meeting's list: what earlier meetings left open. Organisers set their status here. */

import { toast } from "../hub/hub.js";
import { _ } from "../hub/format.js";
import { badge, dayWords, text } from "./card.js";
import { api, send } from "./http.js";

export class Cases {
  /** `root` is [data-cases] inside the board. */
  constructor(root, store) {
    Object.assign(this, { root, store });
    this.rows = root.querySelector("[data-case-rows]");
    root.addEventListener("click", (event) => this.#click(event));
    store.onChange((changed) => changed.cases?.size && this.render());
    this.render();
  }

  /** Those of earlier meetings; what was opened here is a card of the board. */
  get shown() {
    const { id } = this.store.meeting;
    return [...this.store.cases.values()].filter((one) => one.meetings.includes(id) && one.opened_in !== id);
  }

  render() {
    const { shown } = this;
    this.root.hidden = !shown.length;
    text(this.root.querySelector("[data-count]"), String(shown.filter((one) => one.status === "open" || one.status === "running").length));
    while (this.rows.children.length > shown.length) this.rows.lastElementChild.remove();
    shown.forEach((one, at) => {
      const row = this.rows.children[at] ?? this.rows.appendChild(document.getElementById("case-template").content.firstElementChild.cloneNode(true));
      this.#fill(row, one);
    });
  }

  #fill(row, one) {
    row.dataset.id = one.id;
    const title = row.querySelector("[data-title]");
    text(title, one.title);
    if (this.store.me.rights.cases) title.href = `/cases/${one.id}/`;
    const who = [one.township?.name, one.responsible, one.due && dayWords(one.due)].filter(Boolean).join(" · ");
    text(row.querySelector("[data-who]"), who);
    row.querySelector("[data-state]").replaceChildren(badge("case", one.status));
    for (const button of row.querySelectorAll("[data-case-act]")) button.hidden = button.dataset.caseAct === one.status;
    const menu = row.querySelector("details.menu");
    if (menu) menu.hidden = this.store.meeting.status === "closed";
  }

  #click(event) {
    const button = event.target.closest("[data-case-act]");
    if (!button) return;
    button.closest("details.menu").open = false;
    const one = this.store.cases.get(button.closest(".case-row").dataset.id);
    if (one) this.#set(one, button.dataset.caseAct, one.status);
  }

  async #set(one, status, before) {
    try {
      this.store.putCase(await send("PATCH", api(`/cases/${one.id}`), { status }));
      toast(_("Noted."), "success", before ? { action: { label: _("Undo"), run: () => this.#set(one, before, "") } } : { seconds: 3 });
    } catch (error) {
      toast(error.message, "error");
    }
  }
}
