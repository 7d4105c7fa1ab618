/* The board: which entries, in which order, and what happens when their buttons are pressed. */

import { confirmBox, toast } from "../hub/hub.js";
import { _, ngettext, fill } from "../hub/format.js";
import { submitOnEnter } from "../hub/ime.js";
import { fillCard, newCard, text } from "./card.js";
import { Cases } from "./cases.js";
import { Drafts } from "./drafts.js";
import { api, send } from "./http.js";
import { approveFirst, moderate } from "./moderation.js";

const EDIT_MS = 5 * 60_000;
const onBoard = (post) => !post.merged_into;
const TABS = {
  all: onBoard,
  held: (post) => onBoard(post) && Boolean(post.held),
  now: (post, board) => onBoard(post) && (post.waiting || post.pinned || post.status === "on_screen" || board.aboutScreen(post)),
  problem: (post) => onBoard(post) && post.kind === "problem",
  practice: (post) => onBoard(post) && post.kind === "practice",
  question: (post) => onBoard(post) && post.kind === "question",
  mine: (post, board) => post.waiting || board.store.isMine(post),
};

export class Board {
  #cards = new Map();
  #tab = "all";
  #sort = "time";

  /** `root` holds [data-posts], tabs with data-tab, [data-sort]; `actions`: {edit, showPage}. */
  constructor(root, store, outbox, actions = {}) {
    Object.assign(this, { root, store, outbox, actions, merging: null, drafts: new Drafts(store) });
    this.list = root.querySelector("[data-posts]");
    this.empty = root.querySelector("[data-empty]");
    this.newest = root.querySelector("[data-newest]");
    this.staff = root.dataset.staff === "true";
    const cases = root.querySelector("[data-cases]");
    if (cases) this.cases = new Cases(cases, store);
    approveFirst(this);
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("submit", (event) => this.#reply(event));
    root.addEventListener("input", ({ target }) => target.matches("[data-reply-form] textarea") && this.drafts.keep(`reply:${target.closest(".post").dataset.id}`, target.value));
    root.addEventListener("tabs:change", (event) => this.#showTab(event.detail.tab));
    root.querySelector("[data-sort]")?.addEventListener("change", (event) => {
      this.#sort = event.target.value;
      this.render();
    });
    store.onChange((changed) => (changed.posts.size || changed.screen || changed.meeting) && this.render(changed.posts));
    outbox?.onChange(() => this.render());
    setInterval(() => this.render(), 30_000); // the five minutes of editing end by themselves
    this.render();
  }

  /** Everything on the board for this reader: stored entries and those waiting to be sent. */
  entries() {
    const waiting = (this.outbox?.items ?? []).filter((item) => item.type === "post" && !this.#arrived(item));
    const posts = [...this.store.posts.values()].filter((post) => (!post.merged_into || (!this.staff && this.store.isMine(post))) && (this.staff || !post.withdrawn));
    return [...posts, ...waiting.map((item) => this.#waitingPost(item))];
  }

  /** Bring the list up to date; cards that stay keep their place, focus and half-written replies. */
  render(fresh = new Set()) {
    const all = this.entries();
    const shown = all.filter((post) => TABS[this.#tab](post, this)).sort(this.#order());
    const keep = new Set(shown.map((post) => post.id));
    for (const [id, card] of this.#cards) {
      if (!keep.has(id)) {
        card.remove();
        this.#cards.delete(id);
      }
    }
    let after = null;
    for (const post of shown) {
      const known = this.#cards.get(post.id);
      const card = known ?? newCard();
      this.#cards.set(post.id, card);
      fillCard(card, this.#withWaitingReplies(post), this.#view(post));
      if (!known) this.#prepareReply(card, post);
      if (!known && fresh.has(post.id)) card.classList.add("is-new");
      if (card.previousElementSibling !== after || card.parentElement !== this.list) {
        if (after) after.after(card);
        else this.list.prepend(card);
      }
      after = card;
    }
    if (this.empty) {
      this.empty.hidden = shown.length > 0;
      this.empty.querySelector("p").hidden = this.store.meeting.status === "closed"; // nobody can be the first any more
    }
    this.#counts(all);
  }

  /** Whether an entry is about the deck that the hall sees. */
  aboutScreen(post) {
    const { mode, material } = this.store.screen ?? {};
    return mode === "slide" && Boolean(material) && post.page?.material === material;
  }

  startMerging(id) {
    this.merging = id;
    this.root.classList.toggle("is-merging", Boolean(id));
    const bar = this.root.querySelector("[data-merging]");
    if (bar) bar.hidden = !id;
    this.render();
    if (id) this.#chooseNear(this.#cards.get(id));
  }

  /** Merging goes on at the entry beside it, or at "Cancel". */
  #chooseNear(card) {
    const near = card?.nextElementSibling ?? card?.previousElementSibling;
    (near?.querySelector('[data-act="merge-here"]:not([hidden])') ?? this.root.querySelector('[data-act="merge-stop"]')).focus();
  }

  #arrived(item) {
    return [...this.store.posts.values()].some((post) => post.client_id === item.client_id && this.store.isMine(post));
  }

  #waitingPost(item) {
    const { me } = this.store;
    return {
      id: item.client_id,
      waiting: true,
      refused: item.refused,
      kind: item.body.kind,
      body: item.body.body,
      status: "waiting",
      author: { name: me.name, unit: me.unit, mark: me.mark },
      township: null,
      page: item.page ?? null,
      created_at: item.at,
    };
  }

  #withWaitingReplies(post) {
    if (post.waiting) return post;
    const waiting = (this.outbox?.items ?? []).filter((item) => item.type === "reply" && item.post === post.id && !post.replies.some((reply) => reply.client_id === item.client_id));
    if (!waiting.length) return post;
    const { me } = this.store;
    const mine = waiting.map((item) => ({
      id: item.client_id,
      waiting: true,
      refused: item.refused,
      body: item.body.body,
      author: { name: me.name, unit: me.unit },
      created_at: item.at,
    }));
    return { ...post, replies: [...post.replies, ...mine] };
  }

  #view(post) {
    const { store } = this;
    const mine = post.waiting || store.isMine(post);
    const rights = store.meeting.status === "closed" ? { cases: store.me.rights.cases } : store.me.rights;
    return {
      mine,
      rights,
      staff: this.staff,
      township: store.me.township,
      waiting: Boolean(post.waiting),
      refused: post.refused,
      merging: this.merging,
      into: post.merged_into ? store.posts.get(post.merged_into) : null,
      hasCategories: store.categories.length > 0,
      supported: this.#supported(post),
      editable: mine && !post.waiting && store.meeting.status !== "closed" && Date.now() - Date.parse(post.created_at) < EDIT_MS,
    };
  }

  #supported(post) {
    const pending = (this.outbox?.items ?? []).find((item) => item.type === "support" && item.post === post.id);
    return pending ? pending.body.supported : this.store.supported.has(post.id);
  }

  #order() {
    const rank = (post) => Number(post.status === "on_screen") * 2 + Number(Boolean(post.pinned));
    const byTime = (a, b) => Date.parse(b.created_at) - Date.parse(a.created_at) || (a.id < b.id ? 1 : -1);
    const weight = (post) => (post.supports?.townships ?? 0) * 1000 + (post.supports?.people ?? 0);
    if (this.#sort === "support") return (a, b) => rank(b) - rank(a) || weight(b) - weight(a) || byTime(a, b);
    return (a, b) => rank(b) - rank(a) || byTime(a, b);
  }

  #counts(all) {
    for (const tab of this.root.querySelectorAll("[data-tab]")) {
      const found = all.filter((post) => TABS[tab.dataset.tab](post, this)).length;
      const count = tab.querySelector(".count");
      if (count) text(count, String(found));
      if (tab.dataset.tab === "held") tab.hidden = !found && !this.store.meeting.approve_first && this.#tab !== "held";
    }
  }

  #showTab(tab) {
    this.#tab = tab.dataset.tab;
    this.list.setAttribute("aria-labelledby", tab.id);
    this.render();
  }

  #click(event) {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const { act } = button.dataset;
    if (act === "merge-stop") return this.startMerging(null);
    const card = button.closest(".post");
    const id = card?.dataset.id;
    this.#closeMenu(button.closest("details.menu"));
    if (act === "discard") return this.outbox.remove(button.dataset.client ?? id);
    const post = this.store.posts.get(id);
    if (act === "again") return this.#again(id);
    if (!post) return;
    if (act === "support") this.#support(post);
    else if (act === "reply") this.#openReply(card);
    else if (act === "reply-cancel") this.#openReply(card, false);
    else if (act === "adopt") this.#adopt(post);
    else if (act === "edit") this.actions.edit?.(post);
    else if (act === "withdraw") this.#withdraw(post);
    else if (act === "anchor") this.actions.showPage?.(post.page);
    else moderate(this, act, post, button);
  }

  /** The focus stays with the menu's button, where a dialog brings it back to. */
  #closeMenu(menu) {
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus({ preventScroll: true });
  }

  #support(post) {
    this.outbox.add({ type: "support", post: post.id, body: { supported: !this.#supported(post) } });
  }

  /** A refused entry goes back into the composer, its text unchanged. */
  #again(clientId) {
    const item = this.outbox.items.find((old) => old.client_id === clientId);
    if (!item) return;
    this.outbox.remove(clientId);
    this.actions.rewrite?.(item.body);
  }

  /** A new card: its reply can be sent by keys, and one that was begun stands there as it was left. */
  #prepareReply(card, post) {
    const form = card.querySelector("[data-reply-form]");
    submitOnEnter(form.elements.body, () => form.requestSubmit(), { ctrl: true });
    const body = this.drafts.get(`reply:${post.id}`);
    if (!body) return;
    form.elements.body.value = body;
    form.hidden = false;
  }

  #openReply(card, open = true) {
    const form = card.querySelector("[data-reply-form]");
    form.hidden = !open;
    if (!open) {
      this.drafts.drop(`reply:${card.dataset.id}`);
      return card.querySelector('[data-act="reply"]').focus();
    }
    form.elements.body.focus();
  }

  #reply(event) {
    const form = event.target.closest("[data-reply-form]");
    if (!form) return;
    event.preventDefault();
    const body = form.elements.body.value.trim();
    if (!body) return form.elements.body.focus();
    form.reset();
    this.#openReply(form.closest(".post"), false);
    this.outbox.add({ type: "reply", post: form.closest(".post").dataset.id, body: { body } });
  }

  async #adopt(post) {
    const mine = post.adoptions.find((adoption) => adoption.township.id === this.store.me.township);
    const status = mine ? null : "planned";
    await this.write(() => send("PUT", api(`/posts/${post.id}/adoption`), { status }), mine ? _("Taken back.") : _("Noted: your township wants to learn this."));
  }

  async #withdraw(post) {
    if (!(await confirmBox({ title: _("Withdraw this entry?"), text: post.body.slice(0, 80), yes: _("Withdraw"), danger: true }))) return;
    await this.write(() => send("PATCH", api(`/posts/${post.id}`), { withdrawn: true }), _("Withdrawn."));
  }

  /** Run a write, take its answer into the store, say how it went. */
  async write(run, done, undo) {
    try {
      const post = await run();
      if (post?.id && post.kind) this.store.putPost(post);
      if (done) toast(done, "success", undo ? { action: { label: _("Undo"), run: undo } } : { seconds: 3 });
      return post;
    } catch (error) {
      toast(error.message, "error");
      return null;
    }
  }
}

/** "3 entries wait to be sent" for the connection pill. */
export const waitingCount = (outbox) => outbox.items.filter((item) => !item.refused).length;
export const entriesWords = (n) => fill(ngettext("%(n)d entry", "%(n)d entries", n), { n });
