/* The attendance sheet: whoever checks in shows here by themselves. */

import { connect } from "../realtime/socket.js";

const sheet = document.getElementById("sheet-live");
const LEAST_MS = 1500;
let timer = null;
let last = 0;

async function refresh() {
  timer = null;
  last = performance.now();
  try {
    const response = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("sheet-live");
    const bare = (node) => node.innerHTML.replace(/value="[^"]*"/g, "");
    if (!fresh || bare(fresh) === bare(sheet)) return;
    const focusable = "a, button, input";
    const place = [...sheet.querySelectorAll(focusable)].indexOf(document.activeElement);
    sheet.replaceChildren(...fresh.childNodes);
    if (place >= 0) sheet.querySelectorAll(focusable)[place]?.focus();
  } catch { /* offline: the next event tries again */ }
}

function soon() {
  if (timer === null) timer = setTimeout(refresh, Math.max(100, LEAST_MS - (performance.now() - last)));
}


const { meeting, after } = document.getElementById("sheet-data").dataset;
connect({
  meeting,
  after: Number(after),
  onEvents: (events) => events.some(({ kind }) => /^(attendance|leave|meeting)\./.test(kind)) && soon(),
  onState: (name) => name === "live" && soon(),
  onResync: () => location.reload(),
});
