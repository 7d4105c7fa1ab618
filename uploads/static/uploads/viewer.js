/* The viewer: turn pages without loading anew; keys, swipe, zoom, full screen, sound and video, next pictures ready. */

import { formatSize, icon, toast } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";
import { panning } from "./panning.js";

const data = JSON.parse(document.getElementById("material-data").textContent);
const root = document.querySelector("[data-deck]");
const part = (name) => root.querySelector(`[data-${name}]`);
const ready = new Map();
let number = data.number;
let zoomed = null; // the zoom of the picture, once there is one

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
  zoomed?.reset();
  const picture = part("picture");
  picture.hidden = !page.image;
  part("outline").hidden = Boolean(page.image);
  if (page.image) picture.src = page.image;
  picture.alt = `${picture.dataset.word} ${page.number}: ${page.title}`;
  part("outline").textContent = page.text || page.title;
  part("number").textContent = n;
  part("title").textContent = page.title;
  part("hidden").hidden = !page.hidden;
  put(part("text"), page.text);
  put(part("notes"), page.notes);
  showMedia(page);
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
  for (const near of [n + 1, n - 1, n + 2]) preload(near);
}

// --- sound and video ------------------------------------------------------------------------------

function showMedia(page) {
  const media = page.media ?? [];
  part("media").hidden = !media.length;
  part("media-list").replaceChildren(...media.map(player));
}

/** A player where this browser can play it, else a download with a word why. */
function player(item) {
  const row = document.createElement("li");
  const kind = item.type.startsWith("video/") ? "video" : "audio";
  const element = document.createElement(kind);
  if (/^(audio|video)\//.test(item.type) && element.canPlayType(item.type)) {
    Object.assign(element, { controls: true, preload: "metadata", src: item.url });
    element.setAttribute("aria-label", item.name);
    element.addEventListener("error", () => row.replaceChildren(download(item)), { once: true });
    row.append(element);
  } else row.append(download(item));
  return row;
}

function download(item) {
  const box = document.createElement("p");
  const link = document.createElement("a");
  link.className = "button";
  link.href = item.url;
  link.download = item.name;
  link.append(icon("download"), `${item.name} · ${formatSize(item.size)}`);
  const why = document.createElement("span");
  why.className = "muted small";
  why.textContent = fill(_("This browser cannot play it (%(type)s)."), { type: item.name.split(".").pop().toUpperCase() });
  box.className = "row";
  box.append(link, why);
  return box;
}

// --- tools ----------------------------------------------------------------------------------------

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else part("viewer").requestFullscreen?.();
}

async function share() {
  const link = new URL(address(number), location.href).href;
  try {
    await navigator.clipboard.writeText(link);
    toast(fill(_("The link to slide %(n)s is copied."), { n: number }), "success");
  } catch {
    toast(link, "info", { seconds: 30 });
  }
}

const KEYS = {
  ArrowRight: () => zoomed.move(1, 0) || show(number + 1), ArrowDown: () => zoomed.move(0, 1), PageDown: () => show(number + 1), " ": () => show(number + 1),
  ArrowLeft: () => zoomed.move(-1, 0) || show(number - 1), ArrowUp: () => zoomed.move(0, -1), PageUp: () => show(number - 1),
  Home: () => show(1), End: () => show(data.pages.length), f: fullScreen, F: fullScreen, z: () => zoomed.toggle(),
  "+": () => zoomed.larger(), "=": () => zoomed.larger(), "-": () => zoomed.smaller(), 0: () => zoomed.reset(),
};

function prepare() {
  for (const node of [part("text"), part("notes")]) {
    const field = node?.matches("[data-notes]") ? "notes" : "text";
    if (node && !pageOf(number)[field]) node.dataset.empty = node.textContent;
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog, video, audio")) return;
    if (event.key === " " && event.target.closest("a, button, summary")) return;
    const stageHasFocus = document.activeElement === document.body || root.contains(document.activeElement);
    const run = KEYS[event.key];
    if (!run || !stageHasFocus) return;
    if (run() !== false) event.preventDefault(); // up and down scroll the page while nothing is enlarged
  });
  root.addEventListener("click", (event) => {
    const go = event.target.closest("[data-go]");
    const thumb = event.target.closest(".slide-thumb");
    if (event.ctrlKey || event.metaKey || event.shiftKey || (!go && !thumb)) return;
    event.preventDefault();
    if (go) show(number + Number(go.dataset.go));
    else show([...root.querySelectorAll(".slide-thumb")].indexOf(thumb) + 1);
  });
  zoomed = panning(part("stage"), part("picture"), {
    changed: (on) => part("zoom").setAttribute("aria-pressed", String(on)),
    swiped: (step) => show(number + step),
  });
  part("zoom").hidden = part("share").hidden = false;
  part("zoom").addEventListener("click", () => zoomed.toggle());
  part("share").addEventListener("click", share);
  if (document.fullscreenEnabled) {
    part("full").hidden = false;
    part("full").addEventListener("click", fullScreen);
  }
  if (pageOf(number)?.media) showMedia(pageOf(number));
  preload(number + 1);
  preload(number - 1);
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
