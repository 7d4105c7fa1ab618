/* The slot page: sending a file, and following what becomes of it. */

import { formatSize, icon, toast } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";
import { connect } from "../realtime/socket.js";
import { Sending, unfinished } from "./sending.js";

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
    if (fresh && fresh.innerHTML !== live.innerHTML) swap(fresh);
  } catch { /* offline: the next event or tick tries again */ } finally {
    busy = false;
    if (wanted) {
      wanted = false;
      setTimeout(refresh, 200);
    }
  }
}

function swap(fresh) {
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
  const spoken = document.querySelector("[data-spoken]");
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
const list = document.getElementById("file-list");
const pattern = document.getElementById("file-row");
let sending = null;
const BADGES = {
  sending: ["info", "upload", () => _("Sending")],
  waiting: ["warn", "wifi-off", () => _("Waiting for the connection")],
  paused: ["warn", "pause", () => _("Paused")],
  done: ["ok", "check", () => _("Sent")],
  error: ["bad", "error", () => _("Not sent")],
};

function draw(row, one) {
  row.className = `file is-${one.state === "waiting" ? "paused" : one.state}`;
  const [tone, picture, words] = BADGES[one.state] ?? BADGES.sending;
  const badge = document.createElement("span");
  badge.className = `badge ${tone}`;
  badge.append(icon(picture), words());
  const holder = row.querySelector("[data-state]");
  if (holder.textContent !== badge.textContent) holder.replaceChildren(badge);
  const bar = row.querySelector("[data-progress]");
  bar.max = one.file.size;
  bar.value = one.sent;
  row.querySelector("[data-detail]").textContent = one.detail;
  const visible = { pause: ["sending", "waiting"], resume: ["paused"], retry: ["error"], cancel: ["sending", "waiting", "paused", "error"] };
  for (const [act, states] of Object.entries(visible)) {
    row.querySelector(`[data-act="${act}"]`).hidden = !states.includes(one.state);
  }
}

function newRow(name) {
  const row = pattern.content.firstElementChild.cloneNode(true);
  row.querySelector("[data-name]").textContent = name;
  list.append(row);
  return row;
}

/** What can be said before a byte is sent. */
function objection(file) {
  const ending = file.name.toLowerCase().match(/\.[^.]+$/)?.[0] ?? "";
  if (!slot.endings.includes(ending)) return fill(_("“%(name)s” cannot be taken here. Accepted are: %(endings)s."), { name: file.name, endings: slot.endings.join(" ") });
  if (file.size > slot.max) return fill(_("“%(name)s” is too large: at most %(size)s."), { name: file.name, size: formatSize(slot.max) });
  if (file.size === 0) return fill(_("“%(name)s” is empty."), { name: file.name });
  return "";
}

function send(file) {
  if (sending && !["done", "error", "cancelled"].includes(sending.state)) {
    toast(_("One file is still being sent. Wait for it, or cancel it first."), "warning");
    return;
  }
  const problem = objection(file);
  if (problem) {
    toast(problem, "error", { seconds: 12 });
    return;
  }
  list.replaceChildren();
  const row = newRow(file.name);
  const one = new Sending(file, slot, () => draw(row, one), () => arrived(row));
  sending = one;
  draw(row, one);
  row.addEventListener("click", async (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "pause") one.pause();
    else if (act === "resume" || act === "retry") one.resume();
    else if (act === "cancel") {
      await one.cancel();
      row.remove();
      refresh();
    }
  });
  one.start();
}

function arrived(row) {
  document.querySelector("[data-spoken]").textContent = _("The file has arrived.");
  refresh();
  setTimeout(() => row.remove(), 4000);
}

function prepare() {
  uploader.hidden = false;
  const input = document.getElementById("file");
  const take = (files) => {
    if (files.length > 1) toast(_("One file at a time: the first one is sent."), "info");
    if (files[0]) send(files[0]);
  };
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  input.closest("[data-drop]").addEventListener("drop", (event) => {
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  unfinished(slot).then((found) => found.slice(0, 1).forEach(remind));
  addEventListener("beforeunload", (event) => sending?.state === "sending" && event.preventDefault());
}

/** After a reload the browser may not open the file by itself: ask for it, nothing is sent twice. */
function remind(entry) {
  const row = newRow(entry.name);
  row.classList.add("is-paused");
  row.querySelector("[data-progress]").hidden = true;
  row.querySelector("[data-detail]").textContent = _("Not all of it was sent. Choose the same file again: it goes on where it stopped.");
  for (const button of row.querySelectorAll("[data-act]")) button.hidden = true;
  row.querySelector("[data-state]").replaceChildren();
}

if (uploader && window.tus) prepare();
