/* The clicker and the keyboard: PageUp/PageDown, arrows, B, F5 and F; Ctrl+Z takes back what was done last. */

import { isComposing } from "../hub/ime.js";

const STEPS = { PageDown: 1, ArrowRight: 1, ArrowDown: 1, PageUp: -1, ArrowLeft: -1, ArrowUp: -1 };
const TYPING = "textarea, [contenteditable], input:not([type=checkbox], [type=radio])";
const OWN_ARROWS = "input, select, [role=tablist] *, .room-scroll *, .cockpit-agenda *";

export function hostKeys({ step, blank }) {
  document.addEventListener("keydown", (event) => {
    if (isComposing(event) || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key === "z" && !event.target.matches(TYPING)) takeBack();
      return;
    }
    // What has the focus keeps its own keys; a clicker's work after a click on anything but a text.
    if (event.target.matches("dialog[open] *") || (event.key !== "F5" && event.target.matches(TYPING))) return;
    if (event.key.startsWith("Arrow") && event.target.matches(OWN_ARROWS)) return;
    if (event.key.length === 1 && event.target.matches("select")) return;
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

/** Press "Undo" of the newest message that still offers it. */
function takeBack() {
  document.querySelector("#toasts > :last-child > button")?.click();
}

export function toggleFullscreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.().catch(() => {});
}
