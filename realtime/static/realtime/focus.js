/* The focus is never lost to the top of the page: when what had it is moved, hidden or taken away, it goes to
   what stands there now, or next to it. Buttons vanish by what they do, and by what others do meanwhile. */

const CONTROLS = "button, summary, a[href], input, select, textarea, [tabindex='0']";
const isShown = (element) => element.isConnected && (element.checkVisibility?.() ?? element.getClientRects().length > 0);
const canHold = (element) => isShown(element) && !element.disabled;

/** Something with its places in all it lies in, from the inside out, up to a part of the page. */
function placeOf(element) {
  const path = [];
  for (let one = element; one && one !== document.body; one = one.parentElement) {
    path.push({ element: one, parent: one.parentElement, at: one.parentElement ? [...one.parentElement.children].indexOf(one) : 0 });
    if (one.matches("main, dialog, #toasts")) break;
  }
  return path;
}

const firstIn = (element) => (element.matches(CONTROLS) && canHold(element) ? element : [...element.querySelectorAll(CONTROLS)].find(canHold));

/** What stands at this place now, or the nearest thing around it that can have the focus. */
function successor(path) {
  for (const { element, parent, at } of path) {
    if (isShown(element)) {
      const found = firstIn(element);
      if (found) return found;
    } else if (!element.isConnected && parent?.isConnected) {
      const next = parent.children[Math.min(at, parent.children.length - 1)];
      const found = next && firstIn(next);
      if (found) return found;
    }
  }
  return null;
}

export function holdFocus() {
  let held = []; // the place of what has the focus
  let behind = []; // and of what had it before a message that goes away
  const inMessage = (path) => path.at(-1)?.element.id === "toasts";
  document.addEventListener("focusin", ({ target }) => {
    const path = placeOf(target);
    if (inMessage(path) && !inMessage(held)) behind = held;
    held = path;
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (!held[0]?.element.contains(target)) held = []; // a press beside it takes the focus away on purpose
  });
  new MutationObserver((records) => {
    if (!held.length) return;
    const [{ element }] = held;
    const now = document.activeElement;
    const isOurs = now === element || now === document.body || now === null;
    const moved = now !== element && records.some((record) => [...record.removedNodes].some((node) => node.contains(element)));
    if (isOurs && (moved || !isShown(element))) successor(inMessage(held) ? behind : held)?.focus({ preventScroll: true });
    else if (now === element) held = placeOf(element);
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ["hidden", "open"] });
}
