/* While somebody writes: what was said before about the same, and what solved it. Asked of the server
   when typing rests; an answer that comes too late is dropped; without a line nothing is shown. */

import { _, ngettext, fill } from "../hub/format.js";
import { isComposing } from "../hub/ime.js";
import { badge, text } from "./card.js";
import { api, send } from "./http.js";

const REST_MS = 450;
const SHORTEST = 4;

export class Similar {
  #asked = "";
  #timer = 0;
  #known = new Map();

  /** `box` is [data-similar]; `kind()` what is being written; `support(id)` joins an entry of this meeting. */
  constructor(box, store, field, kind, support) {
    Object.assign(this, { box, store, field, kind, support });
    this.rows = box.querySelector("[data-similar-rows]");
    field.addEventListener("input", (event) => isComposing(event) || this.#later());
    field.addEventListener("compositionend", () => this.#later());
    box.addEventListener("click", (event) => {
      const button = event.target.closest("[data-too]");
      if (!button) return;
      this.support(button.closest("li").dataset.id);
      button.hidden = true;
    });
  }

  clear() {
    clearTimeout(this.#timer);
    this.#asked = "";
    this.#show([]);
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), REST_MS);
  }

  async #ask() {
    const words = this.field.value.trim();
    if ([...words].length < SHORTEST || this.kind() === "question") return this.#show([]);
    const query = new URLSearchParams({ q: words.slice(0, 200), kind: this.kind() }).toString();
    if (query === this.#asked) return;
    this.#asked = query;
    try {
      const found = this.#known.get(query) ?? (await send("GET", api(`/meetings/${this.store.meeting.id}/similar?${query}`)));
      this.#known.set(query, found);
      if (query === this.#asked) this.#show(found.entries);
    } catch { /* no help without a line, or when asked too often: writing goes on */ }
  }

  #show(entries) {
    this.box.hidden = !entries.length;
    if (!entries.length) return this.rows.replaceChildren();
    text(this.box.querySelector("[data-words]"), fill(ngettext("Said before: %(n)d entry like this", "Said before: %(n)d entries like this", entries.length), { n: entries.length }));
    this.rows.replaceChildren(...entries.map((entry) => this.#row(entry)));
  }

  #row(entry) {
    const row = document.getElementById("similar-template").content.firstElementChild.cloneNode(true);
    const part = (name) => row.querySelector(`[data-${name}]`);
    row.dataset.id = entry.id;
    part("kind").replaceChildren(badge("post", entry.kind));
    part("body").textContent = entry.body;
    part("where").textContent = [entry.township, entry.here ? _("in this meeting") : entry.when].filter(Boolean).join(" · ");
    if (entry.solved) {
      part("solved").hidden = false;
      part("solved").textContent = fill(_("What solved it: %(words)s"), { words: entry.solved });
    }
    const post = this.store.posts.get(entry.id);
    const mine = post && this.store.isMine(post);
    part("too").hidden = !(post && !mine && this.store.me.rights.support && !this.store.supported.has(entry.id));
    if (entry.url && !entry.here) {
      part("open").href = entry.url;
      part("open").hidden = false;
    }
    return row;
  }
}
