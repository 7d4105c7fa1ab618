/* The participant's side of speaking: raise a hand, see the queue and who speaks. */

import { formatClock, toast } from "../hub/hub.js";
import { _, ngettext, fill } from "../hub/format.js";
import { text } from "./card.js";
import { Hands } from "./hands.js";
import { api, send } from "./http.js";

export class Speaking {
  constructor(store, timer) {
    this.store = store;
    this.hands = new Hands(store, timer);
    this.box = document.querySelector("[data-queue]");
    this.button = document.querySelector("[data-hand]");
    this.button?.addEventListener("click", () => this.#press());
    this.box.addEventListener("click", (event) => event.target.closest("[data-lower]") && this.#press());
    store.onChange((changed) => (changed.hands.size || changed.meeting) && this.render());
    setInterval(() => this.#tick(), 1000);
    this.render();
  }

  render() {
    const { speaking, waiting, mine } = this.hands;
    const live = this.store.meeting.status === "live";
    this.box.hidden = !live || (!speaking && !waiting.length);
    text(this.box.querySelector("[data-who]"), speaking ? fill(_("Speaking: %(who)s"), { who: Hands.words(speaking) }) : this.#place(mine, waiting));
    const count = this.box.querySelector("[data-waiting]");
    text(count, waiting.length ? fill(ngettext("%(n)d waiting to speak", "%(n)d waiting to speak", waiting.length), { n: waiting.length }) : "");
    count.hidden = !waiting.length || !speaking;
    this.#list(waiting, mine);
    this.#own(mine, live, waiting);
    this.#tick();
  }

  #place(mine, waiting) {
    const at = waiting.indexOf(mine);
    if (at >= 0) return fill(_("Your hand is up: number %(n)d in the queue"), { n: at + 1 });
    return fill(ngettext("%(n)d waiting to speak", "%(n)d waiting to speak", waiting.length), { n: waiting.length });
  }

  #list(waiting, mine) {
    const list = this.box.querySelector("[data-queue-list]");
    const template = document.getElementById("queue-row").content.firstElementChild;
    list.replaceChildren(...waiting.map((hand) => {
      const row = template.cloneNode(true);
      text(row.querySelector("[data-name]"), Hands.words(hand));
      row.classList.toggle("is-mine", hand === mine);
      row.querySelector("[data-lower]").hidden = hand !== mine;
      return row;
    }));
  }

  #own(mine, live, waiting) {
    if (!this.button) return;
    this.button.hidden = !live;
    this.button.setAttribute("aria-pressed", String(Boolean(mine)));
    const words = !mine ? _("Raise hand") : mine.state === "speaking" ? _("I am done") : fill(_("No. %(n)d"), { n: waiting.indexOf(mine) + 1 });
    text(this.button.querySelector("[data-words]"), words);
    this.button.title = (!mine ? _("Raise your hand to speak") : mine.state === "speaking" ? _("I am done speaking") : fill(_("Your hand is up, number %(n)d. Press to lower it"), { n: waiting.indexOf(mine) + 1 }));
    if (mine?.state === "speaking" && !this.turn) toast(_("It is your turn to speak."), "success");
    this.turn = mine?.state === "speaking";
  }

  #tick() {
    const { speaking } = this.hands;
    text(this.box.querySelector("[data-time]"), speaking ? formatClock(this.hands.seconds(speaking)) : "");
  }

  async #press() {
    const { mine } = this.hands;
    try {
      if (mine) this.store.put("hands", await send("PATCH", api(`/hands/${mine.id}`), { state: mine.state === "speaking" ? "done" : "withdrawn" }));
      else this.store.put("hands", await send("POST", api(`/meetings/${this.store.meeting.id}/hands`), {}));
    } catch (error) {
      toast(error.status === 0 ? _("No connection. Please try again.") : error.message, "error");
    }
  }
}
