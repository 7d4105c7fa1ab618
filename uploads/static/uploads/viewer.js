/* The viewer: turn pages without loading anew; keys, swipe, zoom, full screen, next picture ready. */

const data = JSON.parse(document.getElementById("material-data").textContent);
const root = document.querySelector("[data-deck]");
const part = (name) => root.querySelector(`[data-${name}]`);
const ready = new Map();
let number = data.number;

const pageOf = (n) => data.pages[n - 1];
const address = (n) => {
  const url = new URL(location.href);
  url.searchParams.set("page", n);
  return url.search;
};

/** Load a picture before it is asked for. */
function preload(n) {
  const page = pageOf(n);
  if (!page?.image || ready.has(n)) return;
  const picture = new Image();
  picture.src = page.image;
  ready.set(n, picture);
}

function put(node, text, fallback = "") {
  if (!node) return;
  node.dataset.empty ??= fallback;
  node.textContent = text || node.dataset.empty;
}

function show(n, { push = true } = {}) {
  const page = pageOf(n);
  if (!page) return;
  number = n;
  zoom(false);
  const picture = part("picture");
  picture.hidden = !page.image;
  part("outline").hidden = Boolean(page.image);
  if (page.image) picture.src = page.image;
  picture.alt = `${page.number} ${page.title}`;
  part("outline").textContent = page.text || page.title;
  part("number").textContent = n;
  part("title").textContent = page.title;
  part("hidden").hidden = !page.hidden;
  put(part("text"), page.text);
  put(part("notes"), page.notes);
  for (const link of root.querySelectorAll("[data-go]")) {
    const to = n + Number(link.dataset.go);
    if (pageOf(to)) {
      link.href = address(to);
      link.removeAttribute("aria-disabled");
    } else {
      link.removeAttribute("href");
      link.setAttribute("aria-disabled", "true");
    }
  }
  const thumbs = root.querySelectorAll(".slide-thumb");
  thumbs.forEach((thumb, index) => (index === n - 1 ? thumb.setAttribute("aria-current", "true") : thumb.removeAttribute("aria-current")));
  const strip = part("thumbs");
  const thumb = thumbs[n - 1];
  if (strip && thumb) strip.scrollTop = thumb.offsetTop - strip.offsetTop - strip.clientHeight / 2 + thumb.clientHeight / 2;
  if (push) history.replaceState(null, "", address(n));
  preload(n + 1);
  preload(n - 1);
  preload(n + 2);
}

function zoom(on) {
  part("stage").classList.toggle("zoomed", on);
  part("zoom").setAttribute("aria-pressed", String(on));
}

function fullScreen() {
  const viewer = part("viewer");
  if (document.fullscreenElement) document.exitFullscreen();
  else viewer.requestFullscreen?.();
}

const KEYS = {
  ArrowRight: () => show(number + 1), PageDown: () => show(number + 1), " ": () => show(number + 1),
  ArrowLeft: () => show(number - 1), PageUp: () => show(number - 1),
  Home: () => show(1), End: () => show(data.pages.length), f: fullScreen, z: () => zoom(!part("stage").classList.contains("zoomed")),
};

function prepare() {
  for (const node of [part("text"), part("notes")]) {
    const field = node?.matches("[data-notes]") ? "notes" : "text";
    if (node && !pageOf(number)[field]) node.dataset.empty = node.textContent;
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === " " && event.target.closest("a, button, summary")) return;
    const stageHasFocus = document.activeElement === document.body || root.contains(document.activeElement);
    const run = KEYS[event.key];
    if (!run || !stageHasFocus) return;
    event.preventDefault();
    run();
  });
  root.addEventListener("click", (event) => {
    const go = event.target.closest("[data-go]");
    const thumb = event.target.closest(".slide-thumb");
    if (event.ctrlKey || event.metaKey || event.shiftKey || (!go && !thumb)) return;
    event.preventDefault();
    if (go) show(number + Number(go.dataset.go));
    else show([...root.querySelectorAll(".slide-thumb")].indexOf(thumb) + 1);
  });
  part("zoom").addEventListener("click", () => zoom(!part("stage").classList.contains("zoomed")));
  part("stage").addEventListener("dblclick", () => zoom(!part("stage").classList.contains("zoomed")));
  part("zoom").hidden = false;
  if (document.fullscreenEnabled) {
    part("full").hidden = false;
    part("full").addEventListener("click", fullScreen);
  }
  swipe(part("stage"));
  preload(number + 1);
  preload(number - 1);
}

function swipe(stage) {
  let from = null;
  stage.addEventListener("touchstart", (event) => {
    from = event.touches.length === 1 && !stage.classList.contains("zoomed") ? event.touches[0] : null;
  }, { passive: true });
  stage.addEventListener("touchend", (event) => {
    if (!from || event.changedTouches.length !== 1) return;
    const dx = event.changedTouches[0].clientX - from.clientX;
    const dy = event.changedTouches[0].clientY - from.clientY;
    from = null;
    if (Math.abs(dx) > 50 && Math.abs(dx) > 2 * Math.abs(dy) && (window.visualViewport?.scale ?? 1) < 1.05) show(number - Math.sign(dx));
  });
}

/** While the version is still being converted: come back for the pictures that were made. */
async function catchUp() {
  const version = data.version ? `?version=${data.version}` : "";
  try {
    const response = await fetch(`/api/v1/materials/${data.material}/pages${version}`, { headers: { Accept: "application/json" } });
    if (response.ok) {
      const fresh = await response.json();
      if (!data.pages.length || ["ready", "failed", "refused"].includes(fresh.state)) {
        if (fresh.pages.length || fresh.state !== "ready") location.reload();
        return;
      }
      fresh.pages.forEach((page, index) => {
        const thumb = root.querySelectorAll(".slide-thumb .slide-pic")[index];
        if (page.thumb && thumb && !thumb.querySelector("img")) {
          const picture = new Image();
          [picture.src, picture.alt] = [page.thumb, ""];
          thumb.replaceChildren(picture);
        }
      });
      data.pages = fresh.pages;
      if (part("picture").hidden && pageOf(number)?.image) show(number, { push: false });
    }
  } catch { /* offline: again later */ }
  setTimeout(catchUp, 3000);
}

if (root) prepare();
if (!data.final) setTimeout(catchUp, 3000);
