/* What the page knows of its meeting: upserts by id, so replays are harmless. No DOM here. */

export class Store {
  #listeners = [];

  /** `state` is the page's json_script: meeting, screen, items, posts, supported, me, seq. */
  constructor(state) {
    this.me = state.me;
    this.meeting = state.meeting;
    this.screen = state.screen;
    this.posts = new Map(state.posts.map((post) => [post.id, post]));
    this.items = new Map((state.items ?? []).map((item) => [item.id, item]));
    this.supported = new Set(state.supported ?? []);
  }

  /** `listener(changed)`: changed.posts and changed.items are Sets of ids, the rest booleans. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** Events of the feed, in order. */
  apply(events) {
    const changed = none();
    for (const { kind, data } of events) this.#take(kind, data, changed);
    this.#tell(changed);
  }

  /** An entry as a write answered it. */
  putPost(post) {
    const changed = none();
    this.#upsert(this.posts, post, changed.posts);
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

  #take(kind, data, changed) {
    const [subject] = kind.split(".");
    if (subject === "meeting" || subject === "screen") {
      this.meeting = { ...this.meeting, ...data };
      changed.meeting = true;
      if (data.screen) {
        this.screen = data.screen;
        changed.screen = true;
      }
    } else if (subject === "agenda") this.#upsert(this.items, data, changed.items);
    else if (subject === "material") changed.materials.add(data.id);
    else this.#upsert(this.posts, data, changed.posts);
  }

  /** Without its content an object is no longer ours to see. */
  #upsert(map, data, ids) {
    if (data.kind === undefined) map.delete(data.id);
    else map.set(data.id, data);
    ids.add(data.id);
  }

  #tell(changed) {
    for (const listener of this.#listeners) listener(changed);
  }
}

const none = () => ({ posts: new Set(), items: new Set(), materials: new Set(), meeting: false, screen: false });
