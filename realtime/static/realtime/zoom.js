/* Pinch, drag and double tap on a picture; a sideways swipe, however slow, when it is not enlarged. */

const MOST = 5;

/** `swiped(+1 | -1)` is called for a swipe to the next or the previous slide. */
export function zoomable(frame, picture, swiped) {
  const fingers = new Map();
  let scale = 1;
  let x = 0;
  let y = 0;
  let start = null;

  const place = () => {
    const limitX = (frame.clientWidth * (scale - 1)) / 2;
    const limitY = (frame.clientHeight * (scale - 1)) / 2;
    x = Math.max(-limitX, Math.min(limitX, x));
    y = Math.max(-limitY, Math.min(limitY, y));
    picture.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    frame.classList.toggle("is-zoomed", scale > 1);
  };
  const reset = () => {
    [scale, x, y] = [1, 0, 0];
    place();
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return { size: Math.hypot(a.x - b.x, a.y - b.y) || 1, x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  };
  const begin = () => {
    if (fingers.size === 2) start = { ...spread(), scale, left: x, top: y };
    else if (fingers.size === 1) {
      const [only] = fingers.values();
      start = { ...only, left: x, top: y };
    } else start = null;
  };

  frame.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button, a, summary")) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    begin();
  });
  frame.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId) || !start) return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (fingers.size === 2) {
      const now = spread();
      scale = Math.max(1, Math.min(MOST, (start.scale * now.size) / start.size));
      x = start.left + now.x - start.x;
      y = start.top + now.y - start.y;
      place();
    } else if (scale > 1) {
      x = start.left + event.clientX - start.x;
      y = start.top + event.clientY - start.y;
      place();
    }
  });
  const end = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    const along = start ? event.clientX - start.x : 0;
    const finger = event.type === "pointerup" && event.pointerType !== "mouse"; // a mouse marks text
    if (finger && scale === 1 && !fingers.size && Math.abs(along) > 50 && Math.abs(along) > 2 * Math.abs(event.clientY - start.y)) {
      swiped(along < 0 ? 1 : -1);
    }
    begin();
  };
  for (const kind of ["pointerup", "pointercancel", "pointerleave"]) frame.addEventListener(kind, end);
  frame.addEventListener("dblclick", () => {
    scale = scale === 1 ? 2.2 : 1;
    [x, y] = [0, 0];
    place();
  });
  return { reset };
}
