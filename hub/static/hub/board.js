/* The readiness board: what changes in a township's materials shows here by itself. */

import { connect } from "../realtime/socket.js";
import { _ } from "./format.js";

const { meeting, after } = JSON.parse(document.getElementById("board-data").textContent);
const live = document.getElementById("board-live");
const LEAST_MS = 1500;
let timer = null;
let last = 0;

/** Fetch the page anew and swap in its changing part; place and focus stay. */
async function refresh() {
  timer = null;
  last = performance.now();
  try {
    const response = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("board-live");
    if (fresh) swap(fresh);
    for (const list of page.querySelectorAll("#remind-dialog .board-owed")) {
      document.querySelector("#remind-dialog .board-owed")?.replaceWith(list);
    }
  } catch { /* offline: the next event tries again */ }
}

const bare = (node) => node.innerHTML.replace(/value="[^"]*"/g, "");

function swap(fresh) {
  if (bare(fresh) === bare(live)) return;
  const focusable = "a, button, input";
  const inside = live.contains(document.activeElement);
  const place = inside ? [...live.querySelectorAll(focusable)].indexOf(document.activeElement) : -1;
  live.replaceChildren(...fresh.childNodes);
  if (place >= 0) live.querySelectorAll(focusable)[place]?.focus();
  document.querySelector("[data-spoken]").textContent = _("The board has changed.");
}

function soon() {
  if (timer !== null) return;
  timer = setTimeout(refresh, Math.max(100, LEAST_MS - (performance.now() - last)));
}

connect({
  meeting,
  after,
  onEvents: (events) => {
    if (events.some(({ kind }) => /^(material|agenda|meeting)\./.test(kind))) soon();
  },
  onState: (name) => name === "live" && soon(),
  onResync: () => location.reload(),
});

// Reminders are sent by the worker, which tells nobody: look again while one is on its way.
setInterval(() => {
  const waiting = live.querySelector("[data-waiting]");
  if (waiting && document.visibilityState === "visible") soon();
}, 4000);
