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

/** Stops a composing Enter from submitting any form of the page. */
export function guardForms(root = document) {
  root.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && isComposing(event) && event.target.form) event.stopPropagation();
    },
    true,
  );
  let composing = null;
  let ended = 0;
  root.addEventListener("compositionstart", (event) => (composing = event.target), true);
  root.addEventListener(
    "compositionend",
    () => {
      composing = null;
      ended = performance.now();
    },
    true,
  );
  root.addEventListener(
    "submit",
    (event) => {
      const byEnter = event.submitter === null || document.activeElement?.matches("input, textarea");
      if (composing || (byEnter && performance.now() - ended < 60)) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    true,
  );
}
