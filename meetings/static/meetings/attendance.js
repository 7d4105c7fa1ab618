/* The attendance sheet: whoever checks in shows here by themselves. */

import { refreshing } from "../hub/refresh.js";
import { connect } from "../realtime/socket.js";

const soon = refreshing("sheet-live");
const { meeting, after } = document.getElementById("sheet-data").dataset;

connect({
  meeting,
  after: Number(after),
  beside: true,
  onEvents: (events) => events.some(({ kind }) => /^(attendance|leave|meeting)\./.test(kind)) && soon(),
  onState: (name) => name === "live" && soon(),
  onResync: () => location.reload(),
});
