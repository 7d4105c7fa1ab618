/* The readiness board: what changes in a township's materials shows here by itself. */

import { connect } from "../realtime/socket.js";
import { _ } from "./format.js";
import { refreshing } from "./refresh.js";

const { meeting, after } = JSON.parse(document.getElementById("board-data").textContent);

const soon = refreshing("board-live", {
  onChange: () => {
    document.querySelector("[data-spoken]").textContent = _("The board has changed.");
  },
  onPage: (page) => {
    for (const list of page.querySelectorAll("#remind-dialog .board-owed")) {
      document.querySelector("#remind-dialog .board-owed")?.replaceWith(list);
    }
  },
});

connect({
  meeting,
  after,
  beside: true,
  onEvents: (events) => {
    if (events.some(({ kind }) => /^(material|agenda|meeting)\./.test(kind))) soon();
  },
  onState: (name) => name === "live" && soon(),
  onResync: () => location.reload(),
});

// Reminders are sent by the worker, which tells nobody: look again while one is on its way.
setInterval(() => {
  const waiting = document.querySelector("#board-live [data-waiting]");
  if (waiting && document.visibilityState === "visible") soon();
}, 4000);
