/* The host's queue of speakers: call up, end a turn, add somebody, and who has spoken how long. */

import { formatClock, toast } from "../hub/hub.js";
import { _ } from "../hub/format.js";
import { text } from "./card.js";
import { Hands } from "./hands.js";
import { api, send } from "./http.js";

export class HostQueue {
  #rows = new Map();

  constructor(root, store, timer, townships) {
    Object.assign(this, { root, store, townships, hands: new Hands(store, timer) });
    this.names = new Map(townships.map((township) => [township.id, township.name]));
    this.find = (selector) => root.querySelector(selector);
    this.find("select").append(...townships.map(({ id, name }) => new Option(name, id)));
    document.addEventListener("click", (event) => this.#click(event));
    this.find("[data-turn-add]").addEventListener("submit", (event) => this.#add(event));
    store.onChange((changed) => (changed.hands.size || changed.meeting) && this.render());
    setInterval(() => this.#tick(), 1000);
    this.render();
  }

  render() {
    const { speaking, waiting, heard } = this.hands;
    const live = this.store.meeting.status === "live";
    const now = this.find("[data-turn-now]");
    now.hidden = !speaking;
    text(now.querySelector('[data-part="who"]'), speaking ? Hands.words(speaking) : "");
    this.#fill(this.find("[data-turn-waiting]"), waiting);
    this.#fill(this.find("[data-turn-done]"), heard);
    this.find("[data-turn-heard]").hidden = !heard.length;
    this.find("[data-no-waiting]").hidden = waiting.length > 0;
    this.find("[data-turn-add]").hidden = !live;
    for (const box of document.querySelectorAll("[data-speaker-box]")) box.hidden = !speaking;
    text(document.querySelector("[data-speaker]"), speaking ? Hands.words(speaking) : "");
    const count = document.querySelector('[data-count="queue"]');
    text(count, String(waiting.length));
    count.hidden = !waiting.length;
    this.#tick();
  }

  #fill(list, hands) {
    const keep = new Set(hands.map((hand) => `${hand.id}:${hand.state}`));
    for (const row of [...list.children]) if (!keep.has(row.dataset.key)) { row.remove(); this.#rows.delete(row.dataset.key); }
    hands.forEach((hand, at) => {
      const key = `${hand.id}:${hand.state}`;
      if (!this.#rows.has(key)) this.#rows.set(key, this.#row(hand, key));
      const row = this.#rows.get(key);
      if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
    });
  }

  #row(hand, key) {
    const row = document.getElementById("turn-row").content.firstElementChild.cloneNode(true);
    row.dataset.key = key;
    row.dataset.hand = hand.id;
    text(row.querySelector('[data-part="unit"]'), hand.unit || hand.name);
    text(row.querySelector('[data-part="name"]'), hand.unit ? hand.name : "");
    const waits = hand.state === "waiting";
    row.querySelector("[data-hand-call]").hidden = !waits;
    row.querySelector("[data-hand-lower]").hidden = !waits;
    row.querySelector("[data-hand-resume]").hidden = waits || this.store.meeting.status !== "live";
    return row;
  }

  #tick() {
    const { speaking } = this.hands;
    const clock = speaking ? formatClock(this.hands.seconds(speaking)) : "";
    text(this.find('[data-turn-now] [data-part="time"]'), clock);
    text(document.querySelector("[data-speaker-time]"), clock);
    const spoken = this.hands.spoken();
    for (const [key, row] of this.#rows) {
      const hand = this.store.hands.get(row.dataset.hand);
      if (!hand) { this.#rows.delete(key); continue; }
      const seconds = hand.state === "done" ? this.hands.seconds(hand) : (spoken.get(hand.township ?? "") ?? 0);
      text(row.querySelector('[data-part="said"]'), seconds ? formatClock(seconds) : "");
    }
    this.#times(spoken);
  }

  #times(spoken) {
    const list = this.find("[data-turn-times]");
    const rows = [...spoken].filter(([id, seconds]) => id && seconds).sort((a, b) => b[1] - a[1]);
    const most = Math.max(1, ...rows.map((row) => row[1]));
    while (list.children.length > rows.length) list.lastElementChild.remove();
    rows.forEach(([id, seconds], at) => {
      const row = list.children[at] ?? list.appendChild(document.getElementById("turn-time").content.firstElementChild.cloneNode(true));
      text(row.querySelector('[data-part="name"]'), this.names.get(id) ?? "");
      text(row.querySelector('[data-part="time"]'), formatClock(seconds));
      row.querySelector(".turn-bar").style.setProperty("--share", `${(seconds * 100) / most}%`);
    });
  }

  #click(event) {
    const hit = (name) => event.target.closest(`[data-hand-${name}]`);
    const id = event.target.closest("[data-hand]")?.dataset.hand ?? this.hands.speaking?.id;
    const state = hit("call") || hit("resume") ? "speaking" : hit("end") ? "done" : hit("back") ? "waiting" : hit("lower") ? "withdrawn" : "";
    if (state && id) this.#change(id, state);
  }

  async #change(id, state) {
    const before = this.store.hands.get(id)?.state;
    try {
      this.store.put("hands", await send("PATCH", api(`/hands/${id}`), { state }));
      if (state === "withdrawn") toast(_("Hand lowered."), "success", { action: { label: _("Undo"), run: () => this.#change(id, before) } });
    } catch (error) {
      toast(error.message, "error");
    }
  }

  async #add(event) {
    event.preventDefault();
    const form = event.target;
    const { township, name } = Object.fromEntries(new FormData(form));
    try {
      this.store.put("hands", await send("POST", api(`/meetings/${this.store.meeting.id}/hands`), { township, name }));
      form.reset();
    } catch (error) {
      toast(error.message, "error");
    }
  }
}
