/* Who wants to speak, who speaks, and how long each township has spoken. No DOM here. */

export class Hands {
  /** `timer` knows the server's clock. */
  constructor(store, timer) {
    Object.assign(this, { store, timer });
  }

  get speaking() {
    return this.#all().find((hand) => hand.state === "speaking") ?? null;
  }

  /** Those who wait, in the order in which they asked. */
  get waiting() {
    return this.#all().filter((hand) => hand.state === "waiting");
  }

  /** Those who have spoken, the last one first. */
  get heard() {
    return this.#all().filter((hand) => hand.state === "done").sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at));
  }

  /** The reader's own hand, while it is up. */
  get mine() {
    const { mark } = this.store.me;
    return this.#all().find((hand) => mark && hand.mark === mark && ["waiting", "speaking"].includes(hand.state)) ?? null;
  }

  seconds(hand) {
    return hand.started_at ? this.timer.since(hand.started_at, hand.ended_at ?? this.store.meeting.closed_at) : 0;
  }

  /** Seconds by township. */
  spoken() {
    const all = new Map();
    for (const hand of this.store.hands.values()) {
      if (hand.started_at) all.set(hand.township ?? "", (all.get(hand.township ?? "") ?? 0) + this.seconds(hand));
    }
    return all;
  }

  /** Unit and name, as they are said. */
  static words(hand) {
    return [hand.unit, hand.name].filter(Boolean).join(" ");
  }

  #all() {
    if (this.store.meeting.status !== "live") return [...this.store.hands.values()].filter((hand) => hand.state === "done");
    return [...this.store.hands.values()].sort((a, b) => Date.parse(a.raised_at) - Date.parse(b.raised_at) || (a.id < b.id ? -1 : 1));
  }
}
