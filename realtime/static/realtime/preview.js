/* What the hall sees now and next, with the speaker's notes. */

import { _, fill } from "../hub/format.js";
import { text } from "./card.js";
import { api, send } from "./http.js";

export class Preview {
  #notes = new Map(); // version -> {page id: notes}

  constructor(store) {
    this.store = store;
    this.now = document.querySelector("[data-now]");
    this.next = document.querySelector("[data-next]");
  }

  render() {
    const { screen } = this.store;
    const words = { board: _("The board"), join: _("The join code"), blank: _("Blank"), poll: _("A vote"), check: _("Check in") };
    const slide = screen.mode === "slide" ? screen.page : null;
    fillFrame(this.now, slide, words[screen.mode] ?? _("Nothing yet"));
    fillFrame(this.next, slide ? screen.next : screen.page, slide ? _("This was the last one") : _("Nothing yet"));
    const place = slide ? fill(_("%(township)s · slide %(number)d of %(total)d"), screen) : words[screen.mode] ?? "";
    text(document.querySelector("[data-now-caption]"), place);
    this.#showNotes(slide);
  }

  async #showNotes(page) {
    const box = document.querySelector("[data-notes]");
    const { screen, meeting } = this.store;
    if (!page) return text(box, "");
    if (!this.#notes.has(screen.version)) {
      try {
        const deck = await send("GET", api(`/meetings/${meeting.id}/decks/${screen.material}`));
        this.#notes.set(deck.version, new Map(deck.pages.map((one) => [one.id, one.notes ?? ""])));
      } catch {
        return text(box, "");
      }
    }
    if (this.store.screen.page?.id !== page.id) return null;
    return text(box, this.#notes.get(screen.version)?.get(page.id) || _("No notes for this slide."));
  }
}

function fillFrame(frame, page, words) {
  const key = page?.id ?? `:${words}`;
  if (frame.dataset.shown === key) return;
  frame.dataset.shown = key;
  if (page?.image) {
    const image = document.createElement("img");
    image.className = "stage-picture";
    image.alt = page.title || fill(_("Slide %(number)d"), page);
    image.src = page.image;
    frame.replaceChildren(image);
  } else {
    const note = document.createElement("p");
    note.className = "stage-note";
    note.textContent = page ? page.title || page.text || fill(_("Slide %(number)d"), page) : words;
    frame.replaceChildren(note);
  }
}
