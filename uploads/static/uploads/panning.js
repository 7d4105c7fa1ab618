/* Enlarging a picture in its frame: in steps, by double click or two fingers, moved by dragging. */

const STEPS = [1, 1.5, 2.5, 4];

/** `changed(on)` when it becomes enlarged or not; `swiped(+1 | -1)` for a sideways swipe, however slow, while it is not. */
export function panning(frame, picture, { changed, swiped }) {
  const fingers = new Map();
  let scale = 1;
  let [x, y] = [0, 0];
  let start = null;

  function place() {
    const reach = (size) => (size * (scale - 1)) / 2;
    x = Math.max(-reach(frame.clientWidth), Math.min(reach(frame.clientWidth), x));
    y = Math.max(-reach(frame.clientHeight), Math.min(reach(frame.clientHeight), y));
    picture.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    frame.classList.toggle("zoomed", scale > 1);
    changed(scale > 1);
  }
  function to(wanted) {
    const before = scale;
    scale = Math.max(1, Math.min(STEPS.at(-1), wanted));
    [x, y] = scale === 1 ? [0, 0] : [(x * scale) / before, (y * scale) / before];
    place();
  }
  const larger = () => to(STEPS.find((step) => step > scale + 0.01) ?? STEPS.at(-1));
  const smaller = () => to(STEPS.findLast((step) => step < scale - 0.01) ?? 1);

  const middle = () => {
    const all = [...fingers.values()];
    const [a, b] = [all[0], all[1] ?? all[0]];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, size: Math.hypot(a.x - b.x, a.y - b.y) || 1 };
  };
  function begin() {
    start = fingers.size ? { ...middle(), scale, left: x, top: y, count: fingers.size } : null;
  }
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest("a, button")) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (scale > 1) frame.setPointerCapture(event.pointerId);
    begin();
  });
  frame.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId) || !start) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = middle();
    if (fingers.size >= 2) scale = Math.max(1, Math.min(STEPS.at(-1), (start.scale * now.size) / start.size));
    else if (scale === 1) return;
    x = start.left + now.x - start.x;
    y = start.top + now.y - start.y;
    place();
  });
  function end(event) {
    const was = start;
    if (!fingers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && was?.count === 1 && scale === 1 && event.pointerType !== "mouse") {
      const [along, across] = [event.clientX - was.x, event.clientY - was.y];
      if (Math.abs(along) > 50 && Math.abs(along) > 2 * Math.abs(across)) swiped(along < 0 ? 1 : -1);
    }
    begin();
  }
  for (const kind of ["pointerup", "pointercancel"]) frame.addEventListener(kind, end);
  frame.addEventListener("dblclick", () => to(scale > 1 ? 1 : 2.5));
  frame.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // a pinch on a touch pad
    event.preventDefault();
    to(scale * (event.deltaY < 0 ? 1.15 : 1 / 1.15));
  }, { passive: false });
  function move(along, across) {
    if (scale === 1) return false;
    [x, y] = [x - along * 80, y - across * 80];
    place();
    return true;
  }
  return { larger, smaller, move, reset: () => to(1), toggle: () => to(scale > 1 ? 1 : 2.5) };
}
