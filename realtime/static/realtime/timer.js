/* How long agenda items and speakers have taken, by the server's clock. */

import { formatClock } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";

export class Timer {
  /** `now` is the server's time when the page was made (ISO). */
  constructor(store, now) {
    this.store = store;
    this.ahead = Date.now() - Date.parse(now);
  }

  get item() {
    return this.store.items.get(this.store.meeting.current_item) ?? null;
  }

  /** The item that was left last: where a break goes on. */
  get last() {
    const left = [...this.store.items.values()].filter((item) => item.ended_at);
    return left.sort((a, b) => Date.parse(b.ended_at) - Date.parse(a.ended_at))[0] ?? null;
  }

  /** Seconds an item has used, or null where it never started. */
  used(item) {
    if (!item?.started_at) return null;
    return item.used_seconds + (item.resumed_at ? this.since(item.resumed_at) : 0);
  }

  /** Seconds since a moment, by the server's clock; none pass after the meeting was closed. */
  since(moment, until = this.store.meeting.closed_at) {
    const end = until ? Date.parse(until) : Date.now() - this.ahead;
    return Math.max(0, Math.round((end - Date.parse(moment)) / 1000));
  }

  /** What is left of the current item: {text, over} or null; `over` is the time beyond it, "" while there is some left. */
  left() {
    const used = this.used(this.item);
    if (used === null || this.store.meeting.status !== "live") return null;
    const left = this.item.minutes * 60 - used;
    return { text: formatClock(left), over: left < 0 ? formatClock(-left) : "" };
  }
}

/** "2:05 over time": the minus of a clock alone is easily overlooked. */
export const overtime = (time) => fill(_("%(time)s over time"), { time });
export const inOrder = (items) => [...items.values()].sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
