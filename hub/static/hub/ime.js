/* Enter while Chinese is being composed belongs to the input method, never to the form. */

/** True while an input method is composing (Safari ends composition before its keydown: 229). */
export function isComposing(event) {
  return event.isComposing === true || event.keyCode === 229;
}

/** Calls `send()` on Enter (or Ctrl/⌘+Enter with `{ctrl: true}`); Shift+Enter stays a new line. */
export function submitOnEnter(field, send, { ctrl = false } = {}) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || isComposing(event) || event.shiftKey) return;
    if (ctrl && !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    send(event);
  });
}

/** Stops an Enter that only ended a composition from submitting any form. Taps on buttons always pass. */
export function guardForms(root = document) {
  let ended = -Infinity;
  const isEnter = (event) => event.key === "Enter" || event.code === "Enter" || event.code === "NumpadEnter";
  root.addEventListener(
    "keydown",
    (event) => { if (isComposing(event) && isEnter(event)) ended = performance.now(); },
    true,
  );
  root.addEventListener(
    "submit",
    (event) => {
      if (performance.now() - ended > 100) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
}
