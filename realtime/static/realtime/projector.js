/* The hall's screen: follows the host, needs nobody, comes back by itself. */

import { _, ngettext, fill } from "../hub/format.js";
import { formatClock } from "../hub/hub.js";
import { badge, text } from "./card.js";
import { CheckIn } from "./checkin.js";
import { Hands } from "./hands.js";
import { api, send } from "./http.js";
import { follow, pageState, reloadWhenUp } from "./live.js";
import { pollFacts, shares } from "./polls.js";
import { Store } from "./store.js";
import { Timer, overtime } from "./timer.js";
import { viewOf } from "./watch.js";

const MOST = 6;
const state = pageState();
const store = new Store(state);
const timer = new Timer(store, state.now);
const hands = new Hands(store, timer);
const find = (selector) => document.querySelector(selector);
const checkIn = new CheckIn(find('[data-view="check"]'));

let ended = false;
function render() {
  const name = viewOf(store); // e.g. "slide:<page>"
  const [wantedView] = name.split(":");
  const poll = store.polls.get(store.screen.poll);
  const view = ended ? "ended" : wantedView === "poll" && !poll ? "join" : wantedView;
  document.body.dataset.mode = view;
  const drawn = view === "slide" ? showSlide(store.screen) : true;
  if (view === "board") showBoard();
  if (view === "poll") showPoll(poll);
  checkIn.show(view === "check");
  for (const element of document.querySelectorAll("[data-view]")) element.hidden = element.dataset.view !== view;
  foot(view);
  if (view === "board") fitBoard(); // when the foot has its height
  Promise.resolve(drawn).then((fine) => fine && name === viewOf(store) && tellShown(view === wantedView ? name : view));
}

/* The host hears what is on show, once it is; at most one word in two seconds, the last one always. */
let told = "";
let toldAt = 0;
let telling = 0;
function tellShown(name) {
  const word = `${name} ${document.visibilityState}`;
  clearTimeout(telling);
  if (word === told) return;
  const wait = toldAt + 2000 - Date.now();
  if (wait > 0) telling = setTimeout(() => tellShown(name), wait);
  else if (live?.tellShown(name, document.visibilityState === "visible")) [told, toldAt] = [word, Date.now()];
}

/* The picture is swapped when it is decoded, so the hall never sees a half-loaded slide. */
let wanted = "";
async function showSlide({ page, next }) {
  const front = find("[data-front]");
  const outline = find("[data-outline]");
  wanted = page.image ?? "";
  outline.hidden = Boolean(page.image);
  front.hidden = !page.image;
  text(find("[data-outline-title]"), page.image ? "" : page.title);
  text(find("[data-outline-text]"), page.image ? "" : page.text);
  if (page.image && front.getAttribute("src") !== page.image) {
    const picture = await load(page.image);
    if (wanted !== page.image) return false;
    if (!picture.naturalWidth) { // the old slide stays until the new one is here
      setTimeout(render, 2000);
      return false;
    }
    front.src = page.image;
    front.alt = page.title;
  }
  if (next?.image) load(next.image);
  return true;
}

const kept = new Map(); // the last pictures stay decoded
async function load(address) {
  const known = kept.get(address);
  if (known) return known;
  const picture = new Image();
  picture.src = address;
  kept.set(address, picture);
  if (kept.size > 60) kept.delete(kept.keys().next().value);
  try {
    await picture.decode();
  } catch {
    kept.delete(address);
  }
  return picture;
}

function showPoll(poll) {
  const parts = shares(poll);
  const many = poll.options.length > 4;
  text(find("[data-poll-question]"), poll.question);
  text(find("[data-poll-facts]"), pollFacts(poll));
  find("[data-poll-options]").classList.toggle("is-many", many);
  find("[data-poll-options]").replaceChildren(...poll.options.map((option, at) => {
    const row = find("#hall-option").content.firstElementChild.cloneNode(true);
    row.querySelector(".hall-bar").style.setProperty("--share", `${parts[at] ?? 0}%`);
    text(row.querySelector('[data-part="text"]'), option.text);
    text(row.querySelector('[data-part="votes"]'), option.votes === null ? "" : `${option.votes} · ${parts[at]}%`);
    text(row.querySelector('[data-part="towns"]'), many ? "" : option.townships.join(_(", ")));
    return row;
  }));
}

function showBoard() {
  const rank = (post) => Number(post.status === "on_screen") * 4 + Number(post.pinned) * 2;
  const weight = (post) => post.supports.townships * 1000 + post.supports.people;
  const open = [...store.posts.values()].filter((post) => !post.hidden && !post.held && !post.withdrawn && !post.merged_into);
  const waiting = open.filter((post) => post.status === "waiting" || post.status === "on_screen" || post.pinned);
  waiting.sort((a, b) => rank(b) - rank(a) || weight(b) - weight(a) || Date.parse(b.created_at) - Date.parse(a.created_at));
  const [first] = waiting;
  const alone = first?.status === "on_screen";
  const shown = waiting.slice(0, alone ? 1 : MOST);
  const list = find("[data-posts]");
  list.classList.toggle("is-alone", alone);
  list.replaceChildren(...shown.map(hallPost));
  find("[data-no-posts]").hidden = shown.length > 0;
  text(find("[data-more]"), alone ? "" : fill(ngettext("%(n)d entry", "%(n)d entries", open.length), { n: open.length }));
}

/* No entry is cut in the middle: what does not fit is left out. */
function fitBoard() {
  const list = find("[data-posts]");
  const bottom = find(".hall-screen").getBoundingClientRect().bottom;
  while (list.children.length > 1 && list.lastElementChild.getBoundingClientRect().bottom > bottom) list.lastElementChild.remove();
}

function hallPost(post) {
  const item = find("#hall-post").content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(`[data-part="${name}"]`);
  item.dataset.kind = post.kind;
  part("kind").append(badge("post", post.kind));
  text(part("body"), post.body);
  text(part("who"), [post.township?.name || post.author.unit, post.author.name].filter(Boolean).join(" · "));
  const { people, townships } = post.supports;
  text(part("count"), people ? (townships ? fill(ngettext("%(n)d township", "%(n)d townships", townships), { n: townships }) : fill(ngettext("%(n)d person", "%(n)d people", people), { n: people })) : "");
  return item;
}

function foot(view) {
  const item = timer.item;
  const slide = view === "slide" ? store.screen : null;
  const { speaking } = hands;
  const titled = ["join", "check", "closed", "ended"].includes(view); // the title is above already
  text(find("[data-speaker]"), speaking ? Hands.words(speaking) : item?.township?.name || slide?.township || (titled ? "" : store.meeting.title));
  text(find("[data-topic]"), speaking ? _("is speaking") : [item?.presenter, item?.title].filter(Boolean).join(" · "));
  text(find("[data-page]"), slide ? `${slide.number} / ${slide.total}` : "");
  const code = store.meeting.join_code ?? "";
  for (const element of document.querySelectorAll("[data-code]")) text(element, code);
  find("[data-code-line]").hidden = !code;
  find("[data-side]").hidden = !["board", "poll"].includes(view) || !code;
  find(".hall-foot").hidden = view === "blank" || (["closed", "ended"].includes(view));
  tick();
}

/* The speaker's time while somebody was called up, else what is left of the agenda item. */
function tick() {
  const { speaking } = hands;
  const left = timer.left();
  const box = find("[data-timer]");
  box.hidden = !left && !speaking;
  text(box, speaking ? formatClock(hands.seconds(speaking)) : left?.over ? overtime(left.over) : left?.text ?? "");
  box.classList.toggle("is-over", !speaking && Boolean(left?.over));
}

/* The first slides of every deck are there before anybody asks for them, and stay. */
const firsts = new Map();
async function preload() {
  for (const { first } of state.decks ?? []) {
    if (first?.image && !firsts.has(first.image)) firsts.set(first.image, await load(first.image));
  }
}

store.onChange((changed) => {
  if (changed.materials.size) send("GET", api(`/meetings/${store.meeting.id}/decks`)).then((decks) => { state.decks = decks; preload(); }, () => {});
  render();
});

/* Nobody stands at the hall's computer: whatever ended the feed, try again. A link that was taken back
   shows nothing more. */
function again() {
  ended = store.meeting.status !== "closed";
  render();
  setTimeout(reloadWhenUp, 15_000);
}

async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try { await navigator.wakeLock?.request("screen"); } catch { /* not allowed here */ }
}

let live = null;
render();
addEventListener("resize", render);
setInterval(tick, 1000);
stayAwake();
document.addEventListener("visibilitychange", stayAwake);
document.addEventListener("visibilitychange", render);
live = follow(store, state.seq, {
  onEnd: again,
  onLive() {
    told = ""; // the server may have forgotten
    render();
  },
});
preload();
