/* The clicker and the keyboard: PageUp/PageDown, arrows, B, F5 and F. */

import { isComposing } from "../hub/ime.js";

const STEPS = { PageDown: 1, ArrowRight: 1, ArrowDown: 1, PageUp: -1, ArrowLeft: -1, ArrowUp: -1 };
const TYPING = "input, textarea, select, [contenteditable], dialog[open] *, [role=tablist] *";

export function hostKeys({ step, blank }) {
  document.addEventListener("keydown", (event) => {
    if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const clicker = event.key.startsWith("Page");
    if (event.target.matches(TYPING)) return;
    if (!clicker && event.key.startsWith("Arrow") && event.target.closest(".room-scroll, .cockpit-agenda")) return;
    if (event.key in STEPS) {
      event.preventDefault();
      step(STEPS[event.key]);
    } else if (event.key === "b" || event.key === "B" || event.key === ".") {
      event.preventDefault();
      if (!event.repeat) blank();
    } else if (event.key === "F5" || event.key === "f" || event.key === "F") {
      event.preventDefault();
      toggleFullscreen();
    }
  });
}

export function toggleFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}
