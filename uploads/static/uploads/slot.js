/* The slot page: sending a file, and following what becomes of it. */

import { _, fill } from "../hub/format.js";
import { connect } from "../realtime/socket.js";
import { Colleagues } from "./colleagues.js";
import { Queue } from "./queue.js";

const slot = JSON.parse(document.getElementById("slot-data").textContent);
const live = document.getElementById("slot-live");
const REFRESH_MS = 2000;

// --- what becomes of it -----------------------------------------------------------------------

let connected = false;
let busy = false;
let wanted = false;
let lastRefresh = 0;

const state = () => live.querySelector("[data-state]")?.dataset ?? {};

/** Fetch the page anew and swap in the part that changes; the reader's place and focus stay. */
async function refresh() {
  if (busy) {
    wanted = true;
    return;
  }
  busy = true;
  lastRefresh = performance.now();
  try {
    const response = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("slot-live");
    if (!fresh) return;
    if (opened(fresh)) return;
    notices(page);
    if (fresh.innerHTML !== live.innerHTML) swap(fresh);
  } catch { /* offline: the next event or tick tries again */ } finally {
    busy = false;
    if (wanted) {
      wanted = false;
      setTimeout(refresh, 200);
    }
  }
}

/** More time was granted (or is over): the page as a whole is another one. Never while something is sent. */
function opened(fresh) {
  if (fresh.dataset.open === live.dataset.open || queue?.busy || writing()) return false;
  location.reload();
  return true;
}

/** Somebody is typing in a form of the page (a reason, a name): it is left alone. */
const writing = () => Boolean(document.activeElement?.closest("form input:not([type=hidden]), form textarea"));

function notices(page) {
  const [now, fresh] = [document, page].map((root) => root.querySelector("[data-notices]"));
  if (now && fresh && !writing() && now.textContent.trim() !== fresh.textContent.trim()) now.replaceChildren(...fresh.childNodes);
}

function swap(fresh) {
  if (writing() || live.querySelector("details.menu[open]")) return; // at the next event
  const before = state().state;
  const strip = live.querySelector(".strip")?.scrollTop ?? 0;
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const place = focused ? [...live.querySelectorAll("a, button")].indexOf(focused) : -1;
  live.replaceChildren(...fresh.childNodes);
  const now = live.querySelector(".strip");
  if (now) now.scrollTop = strip;
  if (place >= 0) live.querySelectorAll("a, button")[place]?.focus();
  if (before && before !== state().state) speak(state().state);
}

function speak(name) {
  const words = { ready: _("The pages are ready."), refused: _("The file was refused."), failed: _("The conversion failed.") };
  if (spoken && words[name]) spoken.textContent = words[name];
}

function follow(events) {
  for (const event of events) {
    if (!event.kind.startsWith("material.")) continue;
    if (slot.material && event.data.id !== slot.material) continue;
    if (!slot.material && (event.data.township?.id !== slot.township || event.data.kind !== slot.kind)) continue;
    slot.material ??= event.data.id;
    const facts = event.facts ?? {};
    if (event.kind === "material.progress" && facts.total && facts.version === state().version) show(facts);
    const due = event.kind !== "material.progress" || facts.state !== state().state || performance.now() - lastRefresh > REFRESH_MS;
    if (due) refresh();
  }
}

function show({ done, total }) {
  const bar = live.querySelector("[data-progress-box] progress");
  if (!bar) return;
  bar.max = total;
  bar.value = done;
  const words = live.querySelector("[data-progress-box] .progress-text span:last-child");
  if (words) words.textContent = fill(_("%(done)s of %(total)s"), { done, total });
}

connect({
  meeting: slot.meeting,
  after: slot.after,
  beside: true,
  onEvents: follow,
  onState: (name) => {
    connected = name === "live";
    if (connected) refresh();
  },
  onResync: () => location.reload(),
});
setInterval(() => {
  const stale = performance.now() - lastRefresh > REFRESH_MS - 100;
  if (!connected && !state().final && stale && document.visibilityState === "visible") refresh();
}, REFRESH_MS);

// --- sending ------------------------------------------------------------------------------------

const uploader = document.querySelector("[data-uploader]");
const input = document.getElementById("file");
const spoken = document.querySelector("[data-spoken]");
let queue = null;

const colleagues = new Colleagues(slot, {
  mine: () => queue?.ids ?? new Set(),
  choose: () => input?.click(),
  changed: refresh,
});

function prepare() {
  uploader.hidden = false;
  queue = new Queue(slot, {
    colleagues: () => colleagues,
    arrived: (one) => {
      spoken.textContent = fill(_("“%(name)s” has arrived."), { name: one.file.name });
      refresh();
    },
  });
  queue.known.then(() => colleagues.look());
  input.addEventListener("change", () => {
    queue.take([...input.files]);
    input.value = "";
  });
  input.closest("[data-drop]").addEventListener("drop", (event) => {
    event.preventDefault();
    queue.take([...event.dataTransfer.files]);
  });
}

if (uploader && window.tus) prepare();
