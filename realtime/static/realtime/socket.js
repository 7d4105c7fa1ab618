/**
 * The live socket of a meeting: cursor, reconnecting, heartbeat. docs/protocol.md describes it.
 *
 *   const live = connect({ meeting, after, beside, onEvents, onPresence, onScreens, onMine, onState, onResync });
 */

const HEARTBEAT_MS = 20_000;
const ANSWER_MS = 10_000;
const OPENING_MS = 30_000;
const LONGEST_WAIT_MS = 20_000;
const TOO_MANY_WAIT_MS = 60_000;

const BAD_FRAME = 4400;
const SIGNED_OUT = 4401;
const NOT_ALLOWED = 4403;
const TOO_SLOW = 4008;
const TOO_MANY = 4429;

/** How long to wait before the next attempt, in ms; spread so that a hall does not come back at once. */
export function waitBefore(attempt, code) {
  const spread = 0.5 + Math.random() / 2;
  if (code === TOO_SLOW && attempt === 0) return 0;
  if (code === TOO_MANY || code === BAD_FRAME) return TOO_MANY_WAIT_MS * spread;
  return Math.min(LONGEST_WAIT_MS, 600 * 2 ** attempt) * spread;
}

class Live {
  #options;
  #socket = null;
  #attempt = 0;
  #timers = { retry: 0, beat: 0, answer: 0 };
  #ended = false;
  #paused = false;

  constructor(options) {
    this.#options = options;
    this.seq = options.after;
    this.state = "";
    this.onWake = () => this.#wake();
    this.onOffline = () => this.#drop("offline");
    document.addEventListener("visibilitychange", this.onWake);
    addEventListener("pageshow", this.onWake);
    addEventListener("online", this.onWake);
    addEventListener("offline", this.onOffline);
    this.#open();
  }

  /** The state was loaded anew at number `seq` (after onResync): follow from there. */
  restart(seq) {
    this.seq = seq;
    this.#paused = false;
    this.#attempt = 0;
    this.#drop("reconnecting");
    this.#open();
  }

  /** Stop for good. */
  close() {
    this.#ended = true;
    this.#drop(this.state);
    document.removeEventListener("visibilitychange", this.onWake);
    removeEventListener("pageshow", this.onWake);
    removeEventListener("online", this.onWake);
    removeEventListener("offline", this.onOffline);
  }

  /** A screen of the hall tells what it shows; whether it was sent. */
  tellShown(view, visible) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify({ type: "shown", seq: this.seq, view, visible }));
    return true;
  }

  #open() {
    clearTimeout(this.#timers.retry);
    if (this.#ended || this.#paused || this.#socket) return;
    this.#setState(navigator.onLine === false ? "offline" : "reconnecting");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const path = `/ws/meetings/${this.#options.meeting}/?after=${this.seq}${this.#options.beside ? "&beside=1" : ""}`;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`);
    this.#socket = socket;
    this.#expectAnswer(OPENING_MS);
    socket.onmessage = (message) => socket === this.#socket && this.#receive(message.data);
    socket.onclose = (event) => socket === this.#socket && this.#closed(event.code);
  }

  #receive(text) {
    clearTimeout(this.#timers.answer);
    this.#timers.answer = 0;
    const frame = JSON.parse(text);
    if (frame.type === "events") this.#take(frame);
    else if (frame.type === "presence") this.#call("onPresence", frame);
    else if (frame.type === "screens") this.#call("onScreens", frame);
    else if (frame.type === "mine") this.#call("onMine");
    else if (frame.type === "resync") this.#resync(frame.seq);
    else if (frame.type === "hello") {
      this.#attempt = 0;
      this.#setState("live");
      clearInterval(this.#timers.beat);
      this.#timers.beat = setInterval(() => this.#beat(ANSWER_MS), HEARTBEAT_MS);
    }
  }

  /** Hand over what is new, in order, each number once; then move the cursor. */
  #take(frame) {
    const fresh = frame.events.filter((event) => event.seq > this.seq);
    this.seq = Math.max(this.seq, frame.seq);
    if (fresh.length) this.#call("onEvents", fresh, this.seq);
  }

  #resync(seq) {
    this.#paused = true;
    this.#drop("reconnecting");
    if (this.#options.onResync) this.#call("onResync", seq);
    else location.reload();
  }

  #closed(code) {
    this.#socket = null;
    this.#stopTimers();
    if (code === SIGNED_OUT || code === NOT_ALLOWED) {
      this.#ended = true;
      this.#setState(code === SIGNED_OUT ? "signed-out" : "refused");
      return;
    }
    this.#setState(navigator.onLine === false ? "offline" : "reconnecting");
    this.#timers.retry = setTimeout(() => this.#open(), waitBefore(this.#attempt, code));
    this.#attempt += 1;
  }

  #beat(patience) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ type: "after", seq: this.seq }));
    if (!this.#timers.answer) this.#expectAnswer(patience);
  }

  /** Without a frame in time the connection is dead, whatever the browser believes. */
  #expectAnswer(patience) {
    clearTimeout(this.#timers.answer);
    const socket = this.#socket;
    this.#timers.answer = setTimeout(() => {
      if (socket !== this.#socket) return;
      this.#drop("reconnecting");
      this.#closed(0);
    }, patience);
  }

  /** The phone woke up or the network is back: find out now, not at the next heartbeat. */
  #wake() {
    if (document.visibilityState === "hidden" || this.#ended) return;
    if (!this.#socket) this.#open();
    else if (this.state === "live") this.#beat(ANSWER_MS / 2);
  }

  #drop(state) {
    const socket = this.#socket;
    this.#socket = null;
    this.#stopTimers();
    if (socket) socket.close();
    this.#setState(state);
  }

  #stopTimers() {
    clearTimeout(this.#timers.retry);
    clearTimeout(this.#timers.answer);
    clearInterval(this.#timers.beat);
    this.#timers.answer = 0;
  }

  #setState(state) {
    if (state === this.state || this.state === "signed-out" || this.state === "refused") return;
    this.state = state;
    this.#call("onState", state);
  }

  #call(name, ...values) {
    try {
      this.#options[name]?.(...values);
    } catch (error) {
      reportError(error);
    }
  }
}

/** Follow a meeting from number `after`. See docs/protocol.md for the handlers. */
export function connect(options) {
  return new Live(options);
}
