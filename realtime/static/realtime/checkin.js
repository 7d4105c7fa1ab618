/* The code for checking in on the hall's screen: it changes by itself, and one that is not accepted any
   more is never shown. */

const STALE_MS = 55_000; // older codes are refused after a minute
const LOOK_SECONDS = 5; // the number of people is looked at more often than the code changes

export class CheckIn {
  #on = false;
  #timer = 0;
  #fresh = 0;

  /** `view` holds the code's place, the number of people, and the address of both. */
  constructor(view) {
    this.address = view.dataset.checkIn;
    this.code = view.querySelector("[data-check-code]");
    this.here = view.querySelector("[data-check-here]");
    this.stale = view.querySelector("[data-check-stale]");
  }

  /** Begin or stop to show it; asking again changes nothing. */
  show(on) {
    if (on === this.#on) return;
    this.#on = on;
    clearTimeout(this.#timer);
    if (on) this.#turn();
  }

  async #turn() {
    let wait = 3;
    try {
      const answer = await fetch(this.address, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const code = await answer.json();
      this.code.replaceChildren(new DOMParser().parseFromString(code.svg, "image/svg+xml").documentElement);
      this.here.textContent = code.here;
      this.#fresh = performance.now();
      wait = Math.min(LOOK_SECONDS, code.seconds + 0.2);
    } catch {
      if (performance.now() - this.#fresh > STALE_MS) this.code.replaceChildren();
    }
    this.stale.hidden = this.code.childElementCount > 0;
    if (this.#on) this.#timer = setTimeout(() => this.#turn(), wait * 1000);
  }
}
