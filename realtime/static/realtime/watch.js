/* Does the hall see what the host thinks it sees? The screens say what they show. */

import { _, ngettext, fill } from "../hub/format.js";
import { text } from "./card.js";

const PATIENCE_MS = 4000;

/** What a screen should be showing, as it names it itself. */
export function viewOf({ screen, meeting }) {
  if (meeting.status === "closed") return "closed";
  if (screen.mode === "slide") return screen.page ? `slide:${screen.page.id}` : "join";
  if (screen.mode === "poll") return screen.poll ? `poll:${screen.poll}` : "join";
  return screen.mode;
}

export class Watch {
  #screens = [];
  #wanted = "";
  #since = Date.now();

  constructor(box, store) {
    Object.assign(this, { box, store, connected: false });
    store.onChange((changed) => (changed.screen || changed.meeting) && this.render());
    setInterval(() => this.render(), 1000);
    this.render();
  }

  /** A `screens` frame. */
  hear(frame) {
    this.connected = true;
    this.#screens = frame.screens;
    this.render();
  }

  render() {
    const wanted = viewOf(this.store);
    if (wanted !== this.#wanted) [this.#wanted, this.#since] = [wanted, Date.now()];
    const { status } = this.store.meeting;
    this.box.hidden = !this.connected || status === "draft" || status === "closed";
    if (this.box.hidden) return;
    const [state, words] = this.#judge();
    this.box.dataset.state = state;
    text(this.box, words);
  }

  #judge() {
    const seen = this.#screens.filter((screen) => screen.visible);
    if (!this.#screens.length) return ["bad", _("No projector is following. Open it on the hall's computer.")];
    if (!seen.length) return ["bad", _("The projector page is hidden behind another window.")];
    const behind = seen.filter((screen) => screen.view !== this.#wanted).length;
    if (!behind) return ["ok", fill(ngettext("The hall sees this (%(n)d screen)", "The hall sees this (%(n)d screens)", seen.length), { n: seen.length })];
    const waited = Math.round((Date.now() - this.#since) / 1000);
    if (waited * 1000 < PATIENCE_MS) return ["wait", _("The hall is changing…")];
    if (behind < seen.length) return ["warn", fill(_("%(n)d of %(all)d screens have not followed for %(seconds)d s"), { n: behind, all: seen.length, seconds: waited })];
    return ["bad", fill(_("The projector has not followed for %(seconds)d s"), { seconds: waited })];
  }
}
