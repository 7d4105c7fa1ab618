/* Every township's material with slides: one press puts it on the screen. */

import { _, fill } from "../hub/format.js";
import { text } from "./card.js";
import { api, send } from "./http.js";

export class Decks {
  constructor(state, store, show) {
    Object.assign(this, { store, show, all: state.decks ?? [] });
    this.list = document.querySelector("[data-decks]");
    document.addEventListener("click", (event) => {
      const button = event.target.closest("[data-deck]");
      if (button && !button.disabled) show(button.dataset.deck, null);
    });
    store.onChange((changed) => changed.screen && this.#mark());
    this.render();
  }

  of(township) {
    return township ? this.all.filter((deck) => deck.township_id === township) : [];
  }

  /** The materials changed: ask again (after a moment, as changes come in groups). */
  async load() {
    clearTimeout(this.timer);
    await new Promise((resolve) => (this.timer = setTimeout(resolve, 400)));
    try {
      this.all = await send("GET", api(`/meetings/${this.store.meeting.id}/decks`));
      this.render();
    } catch { /* the next change asks again */ }
  }

  button(deck) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small icon-only";
    button.dataset.deck = deck.material;
    button.setAttribute("aria-label", fill(_("Put on screen: %(name)s"), { name: this.#name(deck) }));
    button.append(document.getElementById(`icon-${deck.kind === "manuscript" ? "manuscript" : "deck"}`).content.cloneNode(true));
    return button;
  }

  render() {
    const template = document.getElementById("deck-template").content.firstElementChild;
    this.list.replaceChildren(...this.all.map((deck) => {
      const item = template.cloneNode(true);
      item.dataset.deck = deck.material;
      const image = item.querySelector("img");
      if (deck.first?.thumb) image.src = deck.first.thumb;
      else image.remove();
      text(item.querySelector('[data-part="name"]'), this.#name(deck));
      return item;
    }));
    document.querySelector("[data-no-decks]").hidden = this.all.length > 0;
    this.#mark();
  }

  #name(deck) {
    const kind = deck.kind === "manuscript" ? _("manuscript") : fill(_("%(n)d slides"), { n: deck.total });
    return `${deck.township} · ${kind}`;
  }

  #mark() {
    for (const item of this.list.children) {
      if (item.dataset.deck === this.store.screen.material) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  }
}
