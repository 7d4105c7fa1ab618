/* What the page knows of its meeting: upserts by id, so replays are harmless. No DOM here. */

import { askedAt } from "./http.js";

export class Store {
  #listeners = [];
  #told = new Map(); // when the feed last told of each object

  /** `state` is the page's json_script: meeting, screen, items, posts, supported, me, seq. */
  constructor(state) {
    this.me = state.me;
    this.meeting = state.meeting;
    this.screen = state.screen;
    this.posts = new Map(state.posts.map((post) => [post.id, post]));
    this.items = new Map((state.items ?? []).map((item) => [item.id, item]));
    this.supported = new Set(state.supported ?? []);
    this.cases = new Map((state.cases ?? []).map((one) => [one.id, one]));
    this.categories = state.categories ?? [];
    this.people = state.people ?? [];
    this.hands = new Map((state.hands ?? []).map((hand) => [hand.id, hand]));
    this.polls = new Map((state.polls ?? []).map((poll) => [poll.id, poll]));
    this.votes = new Map(Object.entries(state.votes ?? {})); // poll -> option, "" for a secret vote
    this.screenBy = ""; // who changed the screen last
  }

  /** `listener(changed)`: posts, items, materials, hands and polls are Sets of ids, the rest booleans. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Events of the feed, in order. */
  apply(events) {
    const changed = none();
    for (const { kind, data, facts } of events) this.#take(kind, data, changed, facts);
    this.#tell(changed);
  }

  /** An entry as a write answered it. */
  putPost(post) {
    const changed = none();
    this.#answered(this.posts, post, changed.posts);
    this.#tell(changed);
  }

  /** A hand or a poll as a write answered it. */
  put(what, row) {
    const changed = none();
    this.#answered(this[what], row, changed[what]);
    this.#tell(changed);
  }

  setVote(poll, option) {
    if (option === null) this.votes.delete(poll);
    else this.votes.set(poll, option);
    this.#tell({ ...none(), polls: new Set([poll]) });
  }

  /** What is the reader's own, as the API told it: another device may have changed it. */
  setMine({ supported, votes }) {
    const changed = none();
    for (const id of [...supported, ...this.supported]) changed.posts.add(id);
    for (const id of this.polls.keys()) changed.polls.add(id);
    this.supported = new Set(supported);
    this.votes = new Map(Object.entries(votes));
    this.#tell(changed);
  }

  /** A case as a write answered it. */
  putCase(one) {
    const changed = none();
    this.#answered(this.cases, one, changed.cases);
    this.#tell(changed);
  }

  setSupported(id, on) {
    if (on) this.supported.add(id);
    else this.supported.delete(id);
    this.touchPost(id);
  }

  touchPost(id) {
    const changed = none();
    changed.posts.add(id);
    this.#tell(changed);
  }

  setScreen(screen) {
    this.screen = screen;
    this.#tell({ ...none(), screen: true });
  }

  isMine(post) {
    return Boolean(this.me.mark) && post.author?.mark === this.me.mark;
  }

  #take(kind, data, changed, facts) {
    if (hasContent(data)) this.#told.set(data.id, performance.now());
    const [subject] = kind.split(".");
    if (subject === "meeting" || subject === "screen") {
      this.meeting = { ...this.meeting, ...data };
      changed.meeting = true;
      if (data.screen) {
        this.screen = data.screen;
        if (kind === "screen.changed") this.screenBy = facts?.by ?? "";
        changed.screen = true;
      }
    } else if (subject === "agenda") this.#upsert(this.items, data, changed.items);
    else if (subject === "attendance") changed.attendance = true;
    else if (subject === "material") changed.materials.add(data.id);
    else if (subject === "hand") this.#upsert(this.hands, data, changed.hands);
    else if (subject === "poll") this.#upsert(this.polls, data, changed.polls);
    else if (subject === "case") this.#upsert(this.cases, data, changed.cases);
    else this.#takePost(data, changed.posts);
  }

  /** What waits for approval is nobody's to see but its author's, who knows it already. */
  #takePost(data, ids) {
    const known = this.posts.get(data.id);
    if (data.kind === undefined && data.held && known && this.isMine(known)) this.#upsert(this.posts, { ...known, held: true }, ids);
    else this.#upsert(this.posts, data, ids);
  }

  /** The answer to a write, unless the feed has told of the object since: it may come late and be old. */
  #answered(map, data, ids) {
    if (map.has(data.id) && this.#told.get(data.id) > askedAt(data)) ids.add(data.id);
    else this.#upsert(map, data, ids);
  }

  /** Without its content an object is no longer ours to see. */
  #upsert(map, data, ids) {
    if (hasContent(data)) map.set(data.id, data);
    else map.delete(data.id);
    ids.add(data.id);
  }

  #tell(changed) {
    for (const listener of this.#listeners) listener(changed);
  }
}

const hasContent = (data) => data.kind !== undefined || data.state !== undefined;
const none = () => ({ posts: new Set(), cases: new Set(), items: new Set(), materials: new Set(), hands: new Set(), polls: new Set(), attendance: false, meeting: false, screen: false });
