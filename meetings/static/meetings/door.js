/* The screen at the door: fetches the code of now shortly before the old one ends. */

import { _ } from "../hub/format.js";

const { address, seconds } = document.getElementById("door-data").dataset;
const door = document.querySelector(".door");
const qr = document.querySelector("[data-qr]");
const count = document.querySelector("[data-here]");
const words = document.querySelector("[data-state]");
const usual = words.textContent;
const STALE_MS = 60_000; // older codes are not accepted any more
let fresh = performance.now();

async function turn() {
  let wait = 3;
  try {
    const response = await fetch(address, { cache: "no-store" });
    if (response.status === 403 || response.status === 404) {
      location.reload();
      return;
    }
    if (!response.ok) throw new Error(String(response.status));
    const code = await response.json();
    qr.replaceChildren(new DOMParser().parseFromString(code.svg, "image/svg+xml").documentElement);
    count.textContent = code.here;
    fresh = performance.now();
    words.textContent = usual;
    door.classList.remove("is-stale");
    wait = Math.min(5, code.seconds + 0.2); // the number of people is looked at more often
  } catch {
    words.textContent = _("No connection: the code is out of date.");
    door.classList.toggle("is-stale", performance.now() - fresh > STALE_MS);
  }
  setTimeout(turn, wait * 1000);
}

setTimeout(turn, Math.min(5, Number(seconds)) * 1000);
navigator.wakeLock?.request("screen").catch(() => {});
