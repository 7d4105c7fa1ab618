/* What was written and not yet acknowledged. It lives in localStorage, so it survives a reload, and is
   sent again with the same client id until the server has answered: one entry, however often. */

import { Refused, api, send } from "./http.js";

const RETRY_MS = [1000, 2000, 4000, 8000, 15_000];

const newClientId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/* This browser among the person's devices, and its wishes in the order in which they were made. */
let wishes = { device: newClientId(), number: 0 };

function nextWish() {
  try { wishes = JSON.parse(localStorage.getItem("lihui:wishes")) ?? wishes; } catch { /* storage forbidden */ }
  wishes = { ...wishes, number: wishes.number + 1 };
  try { localStorage.setItem("lihui:wishes", JSON.stringify(wishes)); } catch { /* this page is a device of its own */ }
  return `${wishes.device}-${wishes.number}`;
}

export class Outbox {
  #key;
  #listeners = [];
  #sending = false;
  #again = false; // something was added while the last round ended
  #unstored = null; // the items where the browser stores nothing
  #timer = 0;
  #failures = 0;

  /** `sent(item, answer)` is called with what the server stored. */
  constructor(meeting, mark, sent) {
    this.#key = `lihui:outbox:${meeting}:${mark}`;
    this.sent = sent;
    addEventListener("online", () => this.flush());
    addEventListener("storage", (event) => event.key === this.#key && this.#tell());
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  get items() {
    if (this.#unstored) return this.#unstored;
    try { return JSON.parse(localStorage.getItem(this.#key)) ?? []; } catch { return []; }
  }

  /** Items: {client_id, type: "post"|"reply"|"support"|"vote", post?, poll?, body: {...}, at, refused?}.
      Of support and votes only the newest on each thing counts: each gets a number, so that a copy of an
      older one that arrives late is known for what it is. */
  add(item) {
    const same = (old) => isChoice(item) && old.type === item.type && old.post === item.post && old.poll === item.poll;
    const kept = this.items.filter((old) => !same(old));
    const wish = isChoice(item) ? { wish: nextWish() } : {};
    this.#write([...kept, { client_id: newClientId(), at: new Date().toISOString(), ...wish, ...item }]);
    return this.flush();
  }

  remove(clientId) {
    this.#write(this.items.filter((item) => item.client_id !== clientId));
  }

  /** Send everything in order; stops at the first that has to wait. */
  async flush() {
    this.#again = true;
    if (this.#sending) return;
    this.#sending = true;
    try {
      while (this.#again) {
        this.#again = false;
        clearTimeout(this.#timer);
        await (navigator.locks ? navigator.locks.request(this.#key, () => this.#drain()) : this.#drain());
      }
    } finally {
      this.#sending = false;
    }
  }

  async #drain() {
    for (let item = this.#next(); item; item = this.#next()) {
      try {
        const answer = await deliver(item);
        this.#failures = 0;
        this.sent(item, answer);
        this.remove(item.client_id);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.retry || error.status === 401 || error.code === "") {
          this.#timer = setTimeout(() => this.flush(), RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)]);
          this.#tell();
          return;
        }
        this.#refuse(item, error);
      }
    }
  }

  #next() {
    return this.items.find((item) => !item.refused);
  }

  /** The server said no: the text stays, with the reason beside it. Support and votes simply go back. */
  #refuse(item, error) {
    if (isChoice(item)) {
      this.remove(item.client_id);
      this.sent(item, null, error);
    } else {
      this.#write(this.items.map((old) => (old.client_id === item.client_id ? { ...old, refused: error.message } : old)));
    }
  }

  #write(items) {
    try {
      localStorage.setItem(this.#key, JSON.stringify(items));
      this.#unstored = null;
    } catch { // full or forbidden: kept until the page is left
      this.#unstored = items;
    }
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener(this.items);
  }
}

const isChoice = ({ type }) => type === "support" || type === "vote";

function deliver(item) {
  const { client_id, type, post, poll, body, meeting } = item;
  const wish = item.wish ? `?wish=${item.wish}` : "";
  if (type === "vote") return send("PUT", api(`/polls/${poll}/vote${wish}`), body);
  if (type === "post") return send("POST", api(`/meetings/${meeting}/posts`), { ...body, client_id });
  if (type === "reply") return send("POST", api(`/posts/${post}/replies`), { ...body, client_id });
  return send(body.supported ? "PUT" : "DELETE", api(`/posts/${post}/support${wish}`));
}
