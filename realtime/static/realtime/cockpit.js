/* The host's page: agenda, screen, board, who is here. */

import { confirmBox, csrf, formatClock, toast } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";
import { Board } from "./board.js";
import { badge, text } from "./card.js";
import { Decks } from "./decks.js";
import { holdFocus } from "./focus.js";
import { api, send } from "./http.js";
import { hostKeys, toggleFullscreen } from "./keys.js";
import { askWhenSeen, follow, pageState } from "./live.js";
import { Outbox } from "./outbox.js";
import { pairing } from "./pairing.js";
import { People } from "./people.js";
import { Preview } from "./preview.js";
import { HostQueue } from "./queue.js";
import { Store } from "./store.js";
import { Timer, inOrder, overtime } from "./timer.js";
import { HostVotes } from "./votes.js";
import { Watch } from "./watch.js";

const state = pageState();
const store = new Store(state);
const timer = new Timer(store, state.now);
const root = document.querySelector(".cockpit-main");
const find = (selector) => document.querySelector(selector);
const screenPath = api(`/meetings/${state.meeting.id}/screen`);

const outbox = new Outbox(state.meeting.id, state.me.mark, (item, answer, error) => {
  if (item.type === "vote") return voted(item, answer, error);
  if (error) return toast(error.message, "error");
  if (item.type === "support") store.setSupported(item.post, item.body.supported);
  if (answer?.kind) store.putPost(answer);
});

function voted(item, answer, error) {
  if (error && error.code !== "already_voted") return toast(error.message, "error");
  store.setVote(item.poll, store.polls.get(item.poll)?.secret ? "" : item.body.option);
  if (answer) store.put("polls", answer);
  return null;
}

/* The screen: one request after the other, so quick presses keep their order, and each is about what the
   one before it was answered: `answered` is that screen, which may be newer than what the feed told. */
let queue = Promise.resolve();
let answered = { seq: 0 };
function onScreen(method, path, body) {
  queue = queue.then(async () => {
    try {
      const screen = await send(method, path, typeof body === "function" ? body() : body);
      answered = screen;
      if (live.state !== "live") store.setScreen(screen);
    } catch (error) {
      toast(error.message, "error");
    }
  });
  return queue;
}
const step = (by) => onScreen("POST", `${screenPath}/step`, () => ({ by, seen: Math.max(answered.seq, live.seq) }));
const show = (material, page) => onScreen("PUT", screenPath, { mode: "slide", material, page });

function toggleMode(mode) {
  return onScreen("PUT", screenPath, () => {
    const now = answered.seq > live.seq ? answered : store.screen;
    return { mode: now.mode === mode && now.material ? "slide" : mode }; // back to what was shown before
  });
}

/** A poll on the screen, or off it again. */
const showPoll = (poll, on) => (on ? onScreen("PUT", screenPath, { mode: "poll", poll: poll.id }) : toggleMode(store.screen.material ? "poll" : "join"));

async function host(values) {
  const body = new URLSearchParams(values);
  try {
    const answer = await fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": csrf() } });
    if (answer.ok) return;
    toast((await answer.json()).detail, "error");
  } catch {
    toast(_("No connection. Please try again."), "error");
  }
}

function stepItem(by) {
  const items = inOrder(store.items);
  const next = items[items.indexOf(timer.item ?? timer.last) + by];
  if (next) host({ action: "start", item: next.id });
}

/* Agenda */
const rows = new Map();
function renderItems() {
  const list = find("[data-items]");
  const items = inOrder(store.items);
  for (const [id, row] of rows) if (!store.items.has(id)) { row.remove(); rows.delete(id); }
  items.forEach((item, at) => {
    if (!rows.has(item.id)) rows.set(item.id, find("#item-template").content.firstElementChild.cloneNode(true));
    const row = rows.get(item.id);
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
    fillItem(row, item);
  });
  find("[data-no-items]").hidden = items.length > 0;
}

function fillItem(row, item) {
  const part = (name) => row.querySelector(`[data-part="${name}"]`);
  const now = item.id === store.meeting.current_item;
  row.classList.toggle("is-now", now);
  row.classList.toggle("is-done", !now && Boolean(item.ended_at));
  const start = row.querySelector("[data-start]");
  start.dataset.start = item.id;
  start.disabled = store.meeting.status !== "live";
  if (now) start.setAttribute("aria-current", "step");
  else start.removeAttribute("aria-current");
  text(part("title"), item.title || item.township?.name || "");
  start.title = item.title;
  text(part("who"), [item.title ? item.township?.name : "", item.presenter].filter(Boolean).join(" · "));
  const used = timer.used(item);
  const allotted = fill(_("%(n)d min"), { n: item.minutes });
  const over = used === null ? 0 : used - item.minutes * 60;
  const words = [used === null ? allotted : `${formatClock(used)} / ${allotted}`, over > 0 ? overtime(formatClock(over)) : ""];
  text(part("used"), words.filter(Boolean).map((one) => one.replaceAll(" ", "\u00a0")).join(" · ")); // a line may break between them only
  part("used").classList.toggle("is-over", over > 0);
  const signature = decks.of(item.township?.id).map((deck) => deck.version).join();
  if (row.dataset.decks === signature) return;
  row.dataset.decks = signature;
  part("decks").replaceChildren(...decks.of(item.township?.id).map((deck) => decks.button(deck)));
}

function renderTimer() {
  const left = timer.left();
  text(find("[data-timer]"), left?.text ?? "–");
  find("[data-timer]").classList.toggle("is-over", Boolean(left?.over));
  const item = timer.item;
  text(find("[data-timer-of]"), item ? fill(left?.over ? _("over the %(n)d min") : _("left of %(n)d min"), { n: item.minutes }) : "");
  if (left) renderItems();
}

/* Meeting */
function renderMeeting() {
  const { status } = store.meeting;
  find("[data-meeting-state]").replaceChildren(badge("meeting", status));
  for (const button of document.querySelectorAll("[data-when]")) button.hidden = button.dataset.when !== status;
  for (const button of document.querySelectorAll("[data-step], [data-mode], [data-deck]")) button.disabled = status === "closed";
  const running = status === "live" && Boolean(timer.item);
  find("[data-item-pause]").hidden = !running;
  find("[data-item-resume]").hidden = status !== "live" || running || !timer.last;
  for (const button of document.querySelectorAll("[data-item-step]")) button.disabled = status !== "live";
  const by = store.screenBy && store.screenBy !== state.me.name ? fill(_("by %(name)s"), { name: store.screenBy }) : "";
  text(find("[data-screen-by]"), by);
}

const decks = new Decks(state, store, show);
const preview = new Preview(store);
const people = new People(store, state.townships, state.attendance);
const watch = new Watch(find("[data-hall]"), store);
new HostQueue(find("[data-turns]"), store, timer, state.townships);
new HostVotes(find("#pane-polls"), store, outbox, showPoll);
pairing(state.meeting);
new Board(find("[data-board]"), store, outbox, { showPage: (page) => show(page.material, page.number) });
root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.disabled) return;
  if (button.dataset.step) step(Number(button.dataset.step));
  else if (button.dataset.mode) toggleMode(button.dataset.mode);
  else if (button.dataset.itemStep) stepItem(Number(button.dataset.itemStep));
  else if (button.dataset.start) host({ action: "start", item: button.dataset.start });
  else if (button.hasAttribute("data-item-pause")) host({ action: "pause" });
  else if (button.hasAttribute("data-item-resume")) host({ action: "start", item: timer.last.id });
  else if (button.hasAttribute("data-fullscreen")) toggleFullscreen();
});
find("[data-new-code]").addEventListener("click", async ({ currentTarget: { dataset, textContent } }) => {
  if (await confirmBox({ title: dataset.confirm, yes: textContent.trim() })) host({ action: "new_code" });
});
hostKeys({ step, blank: () => toggleMode("blank") });
holdFocus();

function renderAll() {
  renderMeeting();
  renderItems();
  preview.render();
  for (const button of document.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", String(button.dataset.mode === store.screen.mode));
}
store.onChange((changed) => {
  if (changed.screen || changed.meeting || changed.items.size) renderAll();
  if (changed.materials.size) decks.load().then(renderItems);
});
renderAll();
setInterval(renderTimer, 1000);
renderTimer();
const live = follow(store, state.seq, { outbox, onPresence: (frame) => people.presence(frame), onScreens: (frame) => watch.hear(frame) });
askWhenSeen(store);
