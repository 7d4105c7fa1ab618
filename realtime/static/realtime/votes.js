/* Votes for the host: a new one in one press, end it, show it, see who voted what. */

import { confirmBox, toast } from "../hub/hub.js";
import { _ } from "../hub/format.js";
import { text } from "./card.js";
import { api, send } from "./http.js";
import { Polls } from "./polls.js";

export class HostVotes {
  /** `onScreen(poll)` puts a poll on the screen, or takes it off. */
  constructor(root, store, outbox, onScreen) {
    Object.assign(this, { root, store, onScreen });
    this.form = root.querySelector("[data-poll-form]");
    this.form.addEventListener("submit", (event) => this.#start(event));
    root.addEventListener("click", (event) => this.#click(event));
    const vote = (poll, option) => outbox.add({ type: "vote", poll: poll.id, body: { option } });
    this.polls = new Polls(root.querySelector("[data-polls]"), store, outbox, { vote, decorate: (card, poll) => this.#buttons(card, poll) });
    store.onChange((changed) => (changed.polls.size || changed.meeting) && this.render());
    this.render();
  }

  render() {
    const polls = [...this.store.polls.values()];
    const open = polls.filter((poll) => poll.state === "open").length;
    const live = this.store.meeting.status === "live";
    const count = document.querySelector('[data-count="polls"]');
    text(count, String(open));
    count.hidden = !open;
    this.root.querySelector("[data-no-polls]").hidden = polls.length > 0;
    this.root.querySelector("[data-poll-new]").hidden = this.store.meeting.status === "closed";
    this.form.querySelector("[data-poll-start]").disabled = !live;
    this.form.querySelector("[data-poll-wait]").hidden = live;
  }

  #buttons(card, poll) {
    const live = this.store.meeting.status === "live";
    const on = this.store.screen.mode === "poll" && this.store.screen.poll === poll.id;
    const shown = {
      open: live && poll.state === "draft",
      closed: live && poll.state === "open",
      again: live && poll.state === "closed" && !(poll.secret && poll.voted), // the server refuses it
      screen: live && poll.state !== "draft",
      who: !poll.secret && poll.by === "person" && poll.voted > 0,
      remove: live && !poll.voted,
    };
    for (const button of card.querySelectorAll("[data-poll]")) button.hidden = !shown[button.dataset.poll];
    card.querySelector('[data-poll="screen"]').setAttribute("aria-pressed", String(on));
  }

  async #start(event) {
    event.preventDefault();
    if (this.starting) return; // pressed twice: one vote
    this.starting = true;
    const { form } = this;
    const options = form.elements.options.value.split("\n").map((line) => line.trim()).filter(Boolean);
    const body = { question: form.elements.question.value, options, by: form.elements.by.value, secret: form.elements.secret.checked };
    try {
      const made = await send("POST", api(`/meetings/${this.store.meeting.id}/polls`), body);
      const poll = await send("PATCH", api(`/polls/${made.id}`), { state: "open" });
      this.store.put("polls", poll);
      form.elements.question.value = "";
      this.root.querySelector("[data-poll-new]").open = false;
      if (form.elements.screen.checked) await this.onScreen(poll, true);
    } catch (error) {
      toast(error.message, "error");
    } finally {
      this.starting = false;
    }
  }

  async #click(event) {
    const button = event.target.closest("[data-poll]");
    if (!button) return;
    const poll = this.store.polls.get(button.closest("[data-id]").dataset.id);
    const act = button.dataset.poll;
    if (act === "screen") return this.onScreen(poll, button.getAttribute("aria-pressed") !== "true");
    if (act === "who") return this.#who(poll);
    if (act === "remove") return this.#remove(poll);
    return this.#write(() => send("PATCH", api(`/polls/${poll.id}`), { state: act === "closed" ? "closed" : "open" }));
  }

  async #remove(poll) {
    if (!(await confirmBox({ title: _("Discard this vote?"), text: poll.question, yes: _("Discard"), danger: true }))) return;
    await this.#write(async () => {
      await send("DELETE", api(`/polls/${poll.id}`));
      return { id: poll.id };
    });
  }

  async #who(poll) {
    try {
      const rows = await send("GET", api(`/polls/${poll.id}/votes`));
      const list = document.querySelector("[data-ballot]");
      list.replaceChildren(...rows.map((row) => {
        const item = document.createElement("li");
        item.className = "row-item";
        const name = document.createElement("span");
        name.className = "row-main";
        name.textContent = [row.unit, row.name].filter(Boolean).join(" ");
        const choice = document.createElement("b");
        choice.className = "row-end";
        choice.textContent = row.option;
        item.append(name, choice);
        return item;
      }));
      document.getElementById("ballot-dialog").showModal();
    } catch (error) {
      toast(error.message, "error");
    }
  }

  async #write(run) {
    try {
      this.store.put("polls", await run());
    } catch (error) {
      toast(error.message, "error");
    }
  }
}
