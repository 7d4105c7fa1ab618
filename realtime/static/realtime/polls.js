/* Votes: the list of polls, each with its chart; a press votes where one may. */

import { _, ngettext, fill } from "../hub/format.js";
import { text } from "./card.js";

const newestFirst = (a, b) => Date.parse(b.created_at) - Date.parse(a.created_at);

/** Parts of a whole in percent, as whole numbers; null while nothing is told. */
export function shares(poll) {
  const votes = poll.options.map((option) => option.votes);
  if (votes.some((count) => count === null)) return votes.map(() => null);
  const all = votes.reduce((sum, count) => sum + count, 0);
  return votes.map((count) => (all ? Math.round((count * 100) / all) : 0));
}

/** "One vote for each township · open · 5 of 14 voted". */
export function pollFacts(poll) {
  const who = poll.by === "township" ? _("One vote for each township") : _("One vote for each person");
  const way = poll.secret ? _("secret") : _("open");
  const count = poll.of === null ? fill(ngettext("%(n)d vote", "%(n)d votes", poll.voted), { n: poll.voted }) : fill(_("%(n)d of %(of)d voted"), { n: poll.voted, of: poll.of });
  return [who, way, poll.state === "draft" ? _("not started") : count].join(" · ");
}

export class Polls {
  #cards = new Map();

  /** `list` is where the cards go; `vote(poll, option)` casts a vote; `shown(poll)` chooses; `decorate(card, poll)` adds. */
  constructor(list, store, outbox, { vote, shown = () => true, decorate = () => {} }) {
    Object.assign(this, { list, store, outbox, vote, shown, decorate });
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-vote]");
      if (button && !button.disabled) this.#choose(button);
    });
    store.onChange((changed) => (changed.polls.size || changed.meeting || changed.screen) && this.render());
    outbox?.onChange(() => this.render());
    this.render();
  }

  render() {
    const polls = [...this.store.polls.values()].filter(this.shown).sort(newestFirst);
    const keep = new Set(polls.map((poll) => poll.id));
    for (const [id, card] of this.#cards) if (!keep.has(id)) { card.remove(); this.#cards.delete(id); }
    polls.forEach((poll, at) => {
      if (!this.#cards.has(poll.id)) this.#cards.set(poll.id, document.getElementById("poll-template").content.firstElementChild.cloneNode(true));
      const card = this.#cards.get(poll.id);
      if (this.list.children[at] !== card) this.list.insertBefore(card, this.list.children[at] ?? null);
      this.#fill(card, poll);
    });
    return polls.length;
  }

  /** The answer chosen by the reader, or undefined; "" where it is secret. */
  chosen(poll) {
    const waiting = this.outbox?.items.find((item) => item.type === "vote" && item.poll === poll.id);
    if (waiting) return waiting.body.option ?? undefined;
    if (poll.by === "township" && !poll.secret && this.store.me.township) return poll.options.find((option) => option.townships.includes(this.store.me.unit))?.id;
    return this.store.votes.get(poll.id);
  }

  #fill(card, poll) {
    const part = (name) => card.querySelector(`[data-part="${name}"]`);
    const mine = this.chosen(poll);
    const open = poll.state === "open" && this.store.meeting.status === "live";
    const may = open && this.#mayVote(poll) && !(poll.secret && mine !== undefined);
    card.dataset.id = poll.id;
    card.dataset.state = poll.state;
    text(part("question"), poll.question);
    text(part("facts"), pollFacts(poll));
    this.#options(part("options"), poll, { mine, may });
    const said = this.#said(poll, open, mine);
    part("said").hidden = !said;
    text(part("said"), said);
    this.decorate(card, poll);
  }

  #mayVote(poll) {
    const { rights, township } = this.store.me;
    return rights.vote && (poll.by === "person" || Boolean(township));
  }

  #said(poll, open, mine) {
    if (mine === undefined) return open && this.#mayVote(poll) ? (poll.secret ? _("Choose one. A secret vote cannot be changed.") : _("Choose one. You can change it while the poll is open.")) : "";
    if (poll.secret) return _("You have voted.");
    return poll.by === "township" ? _("This is your township's vote.") : "";
  }

  #options(list, poll, { mine, may }) {
    const parts = shares(poll);
    poll.options.forEach((option, at) => {
      const row = list.children[at] ?? list.appendChild(document.getElementById("poll-option").content.firstElementChild.cloneNode(true));
      const button = row.querySelector("[data-vote]");
      button.dataset.vote = option.id;
      button.disabled = !may;
      button.setAttribute("aria-pressed", String(mine === option.id));
      row.classList.toggle("is-mine", mine === option.id);
      row.querySelector(".poll-bar").style.setProperty("--share", `${parts[at] ?? 0}%`);
      text(row.querySelector(".poll-text"), option.text);
      text(row.querySelector(".poll-votes"), option.votes === null ? "" : poll.state === "draft" ? "" : `${option.votes} · ${parts[at]}%`);
      text(row.querySelector(".poll-towns"), option.townships.join(_(", ")));
      row.querySelector(".poll-towns").hidden = !option.townships.length;
    });
  }

  #choose(button) {
    const poll = this.store.polls.get(button.closest("[data-id]").dataset.id);
    const option = button.dataset.vote;
    this.vote(poll, this.chosen(poll) === option && !poll.secret ? null : option);
  }
}
