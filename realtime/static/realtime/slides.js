/* The slide on a participant's screen: follows the hall, or browses the deck on its own. */

import { _, fill } from "../hub/format.js";
import { text } from "./card.js";
import { api, send } from "./http.js";
import { zoomable } from "./zoom.js";

export class Slides {
  #decks = new Map();
  #own = null; // {deck, number} while browsing
  #shown = "";

  /** `root` is the stage; `changed()` is called when another slide is shown. */
  constructor(root, store, changed) {
    Object.assign(this, { root, store, changed });
    const part = (name) => root.querySelector(`[data-stage="${name}"]`);
    this.parts = Object.fromEntries(["frame", "picture", "outline", "words", "caption", "announce", "follow", "thumbs", "note"].map((name) => [name, part(name)]));
    this.zoom = zoomable(this.parts.frame, this.parts.picture, (by) => this.step(by));
    root.addEventListener("click", (event) => this.#click(event));
    store.onChange((changed) => changed.screen && this.render());
    this.render();
  }

  /** The slide on show for an entry's anchor: {id, number, township, title}, or null. */
  get current() {
    const view = this.#view();
    return view.page ? { id: view.page.id, number: view.page.number, township: view.township, title: view.page.title, material: view.material } : null;
  }

  follow() {
    this.#own = null;
    this.parts.thumbs.hidden = true;
    this.render();
  }

  async step(by) {
    const deck = await this.#deck();
    if (!deck) return;
    const number = this.#own?.number ?? this.store.screen.number;
    const pages = deck.pages.filter((page) => !page.hidden);
    const next = by > 0 ? pages.find((page) => page.number > number) : pages.findLast((page) => page.number < number);
    if (next) this.#browse(deck, next.number);
  }

  /** Open the slide an entry is about, without moving the room. */
  async showPage({ material, number }) {
    const deck = await this.#deck(material);
    if (deck?.pages.some((page) => page.number === number)) this.#browse(deck, number);
    this.root.scrollIntoView({ block: "nearest" });
  }

  render() {
    const { parts } = this;
    const view = this.#view();
    const { page } = view;
    const key = `${view.mode}:${page?.id ?? ""}`;
    if (key !== this.#shown) {
      this.#shown = key;
      this.zoom.reset();
      this.#picture(page);
      text(parts.words, page?.text ?? "");
      text(parts.announce, page ? this.#caption(view) : this.#note(view.mode));
      this.changed();
    }
    this.root.toggleAttribute("data-empty", !page);
    this.root.dataset.status = this.store.meeting.status;
    text(parts.caption, page ? this.#caption(view) : "");
    text(parts.note, page ? "" : this.#note(view.mode));
    parts.note.hidden = Boolean(page);
    parts.follow.hidden = !this.#own;
    this.root.classList.toggle("is-browsing", Boolean(this.#own));
    for (const button of this.root.querySelectorAll("[data-needs-page]")) button.hidden = !view.material;
    this.#markThumb(view);
  }

  #view() {
    const { screen } = this.store;
    if (this.#own) {
      const { deck, number } = this.#own;
      return { mode: "slide", page: deck.pages.find((page) => page.number === number), total: deck.pages.length, township: deck.township, material: deck.material };
    }
    const page = screen.mode === "slide" ? screen.page : null;
    return { mode: screen.mode, page, total: screen.total, township: screen.township, material: screen.page ? screen.material : null };
  }

  #caption({ page, total, township }) {
    const words = fill(_("%(township)s · slide %(number)d of %(total)d"), { township, number: page.number, total });
    return page.title ? `${words} · ${page.title}` : words;
  }

  #note(mode) {
    if (this.store.meeting.status === "closed") return _("The meeting is closed.");
    if (this.store.meeting.status !== "live") return _("The meeting has not opened yet. You can already write on the board.");
    if (mode === "board") return _("The hall is looking at the board.");
    if (mode === "poll") return _("The hall is looking at a vote.");
    if (mode === "join") return _("The hall is looking at the join code.");
    if (mode === "check") return _("The hall is looking at the code for checking in.");
    return _("The screen is blank at the moment.");
  }

  #picture(page) {
    const { picture, outline } = this.parts;
    picture.hidden = !page?.image;
    outline.hidden = !page || Boolean(page.image);
    text(outline, page && !page.image ? page.text || page.title : "");
    if (!page?.image) return;
    picture.alt = page.title || fill(_("Slide %(number)d"), page);
    if (picture.getAttribute("src") !== page.image) picture.src = page.image;
    const { next } = this.store.screen;
    if (!this.#own && next?.image) new Image().src = next.image;
  }

  #browse(deck, number) {
    this.#own = { deck, number };
    this.render();
  }

  async #deck(material = this.#own?.deck.material ?? this.store.screen.material) {
    if (!material) return null;
    const key = `${material}:${material === this.store.screen.material ? this.store.screen.version : ""}`;
    if (!this.#decks.has(key)) {
      try {
        this.#decks.set(key, await send("GET", api(`/meetings/${this.store.meeting.id}/decks/${material}`)));
      } catch {
        return null;
      }
    }
    return this.#decks.get(key);
  }

  async #toggleThumbs() {
    const { thumbs } = this.parts;
    if (!thumbs.hidden) {
      thumbs.hidden = true;
      return;
    }
    const deck = await this.#deck();
    if (!deck) return;
    const template = document.getElementById("thumb-template").content.firstElementChild;
    thumbs.replaceChildren(...deck.pages.map((page) => {
      const item = template.cloneNode(true);
      item.dataset.page = page.number;
      const image = item.querySelector("img");
      if (page.thumb) image.src = page.thumb;
      else image.remove();
      text(item.querySelector("b"), String(page.number));
      text(item.querySelector("[data-title]"), page.title || (page.hidden ? _("hidden") : ""));
      return item;
    }));
    thumbs.hidden = false;
    this.#markThumb(this.#view());
    thumbs.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }

  #markThumb(view) {
    for (const thumb of this.parts.thumbs.children) {
      if (Number(thumb.dataset.page) === view.page?.number) thumb.setAttribute("aria-current", "true");
      else thumb.removeAttribute("aria-current");
    }
  }

  async #click(event) {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.page) {
      const deck = await this.#deck();
      if (deck) this.#browse(deck, Number(button.dataset.page));
      return;
    }
    const act = button.dataset.slide;
    if (act === "next") this.step(1);
    else if (act === "previous") this.step(-1);
    else if (act === "thumbs") this.#toggleThumbs();
    else if (act === "follow") this.follow();
    else if (act === "text") {
      const on = this.parts.words.classList.toggle("visually-hidden");
      button.setAttribute("aria-pressed", String(!on));
    }
  }
}
