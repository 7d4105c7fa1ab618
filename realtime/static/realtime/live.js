/* Every page of the room follows the feed the same way. */

import { setConnection, toast } from "../hub/hub.js";
import { _ } from "../hub/format.js";
import { connect } from "./socket.js";

/** The page's state, rendered at a known number. */
export const pageState = () => JSON.parse(document.getElementById("state").textContent);

/** Follow the meeting: events into the store, the state of the line into words. */
export function follow(store, seq, { outbox = null, onPresence, onEnd } = {}) {
  const words = { live: "live", reconnecting: "reconnecting", offline: "offline", "signed-out": "offline", refused: "offline" };
  let state = "connecting";
  const show = () => setConnection(words[state] ?? state, outbox?.items.filter((item) => !item.refused).length ?? 0);
  outbox?.onChange(show);
  return connect({
    meeting: store.meeting.id,
    after: seq,
    onEvents: (events) => store.apply(events),
    onPresence,
    onState(now) {
      state = now;
      show();
      if (now === "live") outbox?.flush();
      if (now === "signed-out" || now === "refused") (onEnd ?? sayEnd)(now);
    },
    onResync: reloadWhenUp,
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
