/* The hall's screen: follows the host, needs nobody, comes back by itself. */

import { ngettext, fill } from "../hub/format.js";
import { badge, text } from "./card.js";
import { api, send } from "./http.js";
import { follow, pageState, reloadWhenUp } from "./live.js";
import { Store } from "./store.js";
import { Timer } from "./timer.js";

const MOST = 6;
const state = pageState();
const store = new Store(state);
const timer = new Timer(store, state.now);
const find = (selector) => document.querySelector(selector);

function render() {
  const { screen, meeting } = store;
  const view = meeting.status === "closed" ? "closed" : screen.mode === "slide" && !screen.page ? "join" : screen.mode;
  document.body.dataset.mode = view;
  if (view === "slide") showSlide(screen);
  if (view === "board") showBoard();
  for (const element of document.querySelectorAll("[data-view]")) element.hidden = element.dataset.view !== view;
  foot(view);
  if (view === "board") fitBoard(); // when the foot has its height
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
    if (wanted !== page.image) return;
    front.src = picture.src;
    front.alt = page.title;
  }
  if (next?.image) load(next.image);
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

function showBoard() {
  const rank = (post) => Number(post.status === "on_screen") * 4 + Number(post.pinned) * 2;
  const weight = (post) => post.supports.townships * 1000 + post.supports.people;
  const open = [...store.posts.values()].filter((post) => !post.hidden && !post.withdrawn && !post.merged_into);
  const waiting = open.filter((post) => post.status === "waiting" || post.status === "on_screen" || post.pinned);
  waiting.sort((a, b) => rank(b) - rank(a) || weight(b) - weight(a) || Date.parse(b.created_at) - Date.parse(a.created_at));
  const [first] = waiting;
  const alone = first?.status === "on_screen";
  const shown = waiting.slice(0, alone ? 1 : MOST);
  const list = find("[data-posts]");
  list.classList.toggle("is-alone", alone);
  list.replaceChildren(...shown.map(hallPost));
  find("[data-no-posts]").hidden = shown.length > 0;
  text(find("[data-more]"), fill(ngettext("%(n)d entry", "%(n)d entries", open.length), { n: open.length }));
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
  text(find("[data-speaker]"), item?.township?.name || slide?.township || store.meeting.title);
  text(find("[data-topic]"), [item?.presenter, item?.title].filter(Boolean).join(" · "));
  text(find("[data-page]"), slide ? `${slide.number} / ${slide.total}` : "");
  const code = store.meeting.join_code ?? "";
  for (const element of document.querySelectorAll("[data-code]")) text(element, code);
  find("[data-code-line]").hidden = !code;
  find("[data-side]").hidden = view !== "board" || !code;
  find(".hall-foot").hidden = view === "blank";
  tick();
}

function tick() {
  const left = timer.left();
  const box = find("[data-timer]");
  box.hidden = !left;
  text(box, left?.text ?? "");
  box.classList.toggle("is-over", Boolean(left?.over));
}

/* The first slides of every deck are there before anybody asks for them. */
async function preload() {
  for (const deck of state.decks ?? []) if (deck.first?.image) await load(deck.first.image);
}

let code = store.meeting.join_code;
store.onChange((changed) => {
  if (changed.meeting && store.meeting.join_code !== code) {
    code = store.meeting.join_code;
    for (const image of document.querySelectorAll("[data-qr], .hall-qr")) image.src = `${image.src.split("?")[0]}?${code}`;
  }
  if (changed.materials.size) send("GET", api(`/meetings/${store.meeting.id}/decks`)).then((decks) => { state.decks = decks; preload(); }, () => {});
  render();
});

/* Nobody stands at the hall's computer: whatever ended the feed, try again. */
function again() {
  setTimeout(reloadWhenUp, 15_000);
}

async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try { await navigator.wakeLock?.request("screen"); } catch { /* not allowed here */ }
}

render();
addEventListener("resize", render);
setInterval(tick, 1000);
stayAwake();
document.addEventListener("visibilitychange", stayAwake);
follow(store, state.seq, { onEnd: again });
preload();
