/* Every page of the room follows the feed the same way. */

import { setConnection, toast } from "../hub/hub.js";
import { _ } from "../hub/format.js";
import { api, send } from "./http.js";
import { connect } from "./socket.js";

/** The page's state, rendered at a known number. */
export const pageState = () => JSON.parse(document.getElementById("state").textContent);

/** Follow the meeting: events into the store, the state of the line into words. */
export function follow(store, seq, { outbox = null, onPresence, onScreens, onEnd, onLive } = {}) {
  const words = { live: "live", reconnecting: "reconnecting", offline: "offline", "signed-out": "offline", refused: "offline" };
  let state = "connecting";
  const over = () => state === "refused" && store.meeting.status === "closed"; // a guest of a closed meeting
  const show = () => setConnection(over() ? "" : (words[state] ?? state), outbox?.items.filter((item) => !item.refused).length ?? 0);
  outbox?.onChange(show);
  followCode(store);
  return connect({
    meeting: store.meeting.id,
    after: seq,
    onEvents: (events) => store.apply(events),
    onPresence,
    onScreens,
    onMine: () => askMine(store),
    onState(now) {
      state = now;
      show();
      if (now === "live") {
        outbox?.flush();
        onLive?.();
      }
      if (over() && !onEnd) return; // the page says that it is over
      if (now === "signed-out" || now === "refused") (onEnd ?? sayEnd)(now);
    },
    onResync: reloadWhenUp,
  });
}

/** A new join code, or the first one: the old one opens nothing any more, so it must not stay on any page. */
function followCode(store) {
  let code = store.meeting.join_code;
  store.onChange((changed) => {
    if (!changed.meeting || !store.meeting.join_code || store.meeting.join_code === code) return;
    code = store.meeting.join_code;
    for (const image of document.querySelectorAll("[data-qr]")) image.src = `${image.src.split("?")[0]}?${code}`;
    for (const shown of document.querySelectorAll("[data-join-code]")) shown.textContent = code;
    for (const line of document.querySelectorAll("[data-join-line]")) line.hidden = false;
    for (const link of document.querySelectorAll("[data-join]")) link.dataset.copy = new URL(`${link.dataset.join}${code}/`, location.href).href;
  });
}

/** What is the reader's own may have changed on another device: ask. */
async function askMine(store) {
  try {
    store.setMine(await send("GET", api(`/meetings/${store.meeting.id}/mine`)));
  } catch { /* asked again at the next occasion */ }
}

/** A device that was put away for a while asks when it is looked at again. */
export function askWhenSeen(store) {
  let away = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") away = Date.now();
    else if (away && Date.now() - away > 20_000) askMine(store);
  });
}

function sayEnd(state) {
  const signedOut = state === "signed-out";
  const text = signedOut ? _("You are signed out. Sign in again to go on; what you wrote is kept.") : _("Your access has changed. Load the page again.");
  const run = () => location.reload();
  toast(text, "warning", { seconds: 0, action: { label: signedOut ? _("Sign in") : _("Reload"), run } });
}

/** Load the page again once the server answers; never leaves a browser's error page behind. */
export async function reloadWhenUp() {
  for (let wait = 500; ; wait = Math.min(wait * 2, 15_000)) {
    try {
      const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
      if (answer.ok) return location.reload();
    } catch { /* not yet */ }
    await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random())));
  }
}
