/* Writing an entry: two taps (kind, send), a draft that survives, never a half-composed sentence. */

import { toast } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";
import { submitOnEnter } from "../hub/ime.js";
import { text } from "./card.js";
import { fillCategories } from "./categories.js";
import { Drafts } from "./drafts.js";
import { api, send } from "./http.js";
import { Similar } from "./similar.js";

const LIMIT = 2000;
const DOUBLE_MS = 500;

export class Composer {
  #editing = null;

  /** `form` is the page's composer; `anchor()` the slide on the reader's screen, or null. */
  constructor(form, store, outbox, anchor) {
    Object.assign(this, { form, store, outbox, anchor });
    this.drafts = new Drafts(store);
    this.field = form.elements.body;
    for (const opener of document.querySelectorAll("[data-compose]")) {
      opener.addEventListener("click", () => this.open(opener.dataset.compose));
    }
    document.querySelector("[data-openers]")?.addEventListener("click", (event) => this.#swallow(event), true);
    form.addEventListener("submit", (event) => this.#submit(event));
    form.addEventListener("input", () => this.#keep());
    form.querySelector("[data-cancel]").addEventListener("click", () => this.close());
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    submitOnEnter(this.field, () => form.requestSubmit(), { ctrl: true });
    this.category = form.elements.category ?? null;
    if (this.category) form.querySelector("[data-category]").hidden = !fillCategories(this.category, store.categories);
    const box = form.querySelector("[data-similar]");
    if (box) this.similar = new Similar(box, store, this.field, () => form.elements.kind.value, (id) => outbox.add({ type: "support", post: id, body: { supported: true } }));
    this.#takeUp();
  }

  /** Go on with what a reload interrupted: a change of an entry first, what was begun anew waits for it. */
  #takeUp() {
    const edit = this.drafts.get("edit");
    const post = edit && this.store.posts.get(edit.post);
    if (post) return this.edit(post, edit.body);
    const draft = this.drafts.get("entry");
    if (draft?.body) this.open(draft.kind);
  }

  /** Write an entry; what was begun of one is still there. */
  open(kind) {
    const { body = "", category = "", anchored = true } = this.drafts.get("entry") ?? {};
    if (this.category) this.category.value = category;
    this.form.elements.anchored.checked = anchored;
    this.#show(kind, body);
  }

  #show(kind, body) {
    document.querySelector("[data-openers]").hidden = true;
    this.form.hidden = false;
    this.#choose(kind);
    this.field.value = body;
    this.showAnchor();
    this.field.focus();
  }

  /** Put the composer away. A change of an entry is given up by that, what was begun anew is kept. */
  close() {
    if (this.#editing) this.drafts.drop("edit");
    this.#editing = null;
    this.similar?.clear();
    this.form.hidden = true;
    this.closed = performance.now();
    const openers = document.querySelector("[data-openers]");
    openers.hidden = false;
    openers.querySelector("button")?.focus();
  }

  /** Whoever presses "Send" twice must not raise a hand: that button lies where "Send" just was. */
  #swallow(event) {
    const again = performance.now() - this.closed < DOUBLE_MS;
    if (again && (event.detail > 1 || event.target.closest("[data-hand]"))) event.stopPropagation();
  }

  /** Change an entry of one's own instead of writing a new one. */
  edit(post, body = post.body) {
    this.#editing = post.id;
    this.#show(post.kind, body);
  }

  /** A refused entry comes back to be put right. */
  rewrite({ kind, body, category }) {
    this.drafts.keep("entry", { kind, body, category: category ?? "", anchored: true });
    this.open(kind);
  }

  /** "About slide 3" follows the slide that the reader sees. */
  showAnchor() {
    const page = this.anchor();
    const box = this.form.querySelector("[data-anchor]");
    box.hidden = !page || Boolean(this.#editing);
    if (page) text(box.querySelector("[data-words]"), fill(_("About slide %(number)d"), page));
    this.form.querySelector("[data-kinds]").disabled = Boolean(this.#editing);
    if (this.category) this.category.disabled = Boolean(this.#editing);
    text(this.form.querySelector("[data-send]"), this.#editing ? _("Save") : _("Send"));
  }

  async #submit(event) {
    event.preventDefault();
    const body = this.field.value.trim();
    if (!body) return this.field.focus();
    if (body.length > LIMIT) return toast(fill(_("At most %(n)d characters, please."), { n: LIMIT }), "warning");
    if (this.#editing) return this.#save(body);
    const page = this.form.elements.anchored.checked ? this.anchor() : null;
    const kind = this.form.elements.kind.value;
    this.outbox.add({
      type: "post",
      meeting: this.store.meeting.id,
      page,
      body: { kind, body, page: page?.id ?? null, category: this.category?.value || null },
    });
    this.#clear();
    this.close();
    document.querySelector("[data-posts] > .is-waiting")?.scrollIntoView({ block: "center" }); // below polls and what is pinned
  }

  async #save(body) {
    try {
      this.store.putPost(await send("PATCH", api(`/posts/${this.#editing}`), { body }));
      this.#clear();
      this.close();
    } catch (error) {
      toast(error.message, "error");
    }
  }

  #choose(kind) {
    for (const option of this.form.querySelectorAll('[name="kind"]')) option.checked = option.value === kind;
  }

  #keep() {
    const body = this.field.value;
    if (this.#editing) return this.drafts.keep("edit", { post: this.#editing, body });
    const { kind, anchored } = this.form.elements;
    return this.drafts.keep("entry", { kind: kind.value, body, category: this.category?.value ?? "", anchored: anchored.checked });
  }

  #clear() {
    this.drafts.drop(this.#editing ? "edit" : "entry");
    this.field.value = "";
    if (this.category) this.category.value = "";
    this.similar?.clear();
  }
}
