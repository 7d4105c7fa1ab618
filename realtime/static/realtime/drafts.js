/* What is half-written: an entry, a change of one's own entry, replies. It lives in localStorage until it
   is sent or given up, so neither a reload nor a lost line takes a word. */

export class Drafts {
  #key;

  constructor({ meeting, me }) {
    this.#key = `lihui:drafts:${meeting.id}:${me.mark}`;
  }

  /** The draft of "entry", "edit" or "reply:<entry>", or null. */
  get(what) {
    return this.#all()[what] ?? null;
  }

  keep(what, draft) {
    this.#write({ ...this.#all(), [what]: draft });
  }

  drop(what) {
    const { [what]: gone, ...others } = this.#all();
    if (gone !== undefined) this.#write(others);
  }

  #all() {
    try { return JSON.parse(localStorage.getItem(this.#key)) ?? {}; } catch { return {}; }
  }

  #write(drafts) {
    try { localStorage.setItem(this.#key, JSON.stringify(drafts)); } catch { /* storage forbidden */ }
  }
}
