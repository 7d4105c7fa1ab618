/* What every page gets: dialogs, menus, tabs, toasts, asking before danger, drafts, live times.
   Pages work without it wherever a page can; nothing here talks to the server. */

import { _, fill, formatRelative, ngettext, pgettext } from "./format.js";
import { guardForms } from "./ime.js";

export { formatClock, formatRelative, formatSize, formatSpan } from "./format.js";

const sprite = new URL("./icons.svg", import.meta.url).pathname;

/** The CSRF token for the X-CSRFToken header. */
export const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** An icon of the sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  const base = document.querySelector(".icon use")?.getAttribute("href")?.split("#")[0] ?? sprite;
  use.setAttribute("href", `${base}#${name}`);
  svg.append(use);
  return svg;
}

const LEVEL_ICONS = { info: "info", success: "check-circle", warning: "warning", error: "error" };

/** A short message that goes away by itself; `action` = {label, run} adds a button (undo). */
export function toast(text, level = "info", { seconds = 6, action = null } = {}) {
  const box = document.getElementById("toasts");
  if (!box) return null;
  const item = document.createElement("div");
  item.className = `notice ${level}`;
  const body = document.createElement("div");
  body.className = "notice-body";
  body.textContent = text;
  item.append(icon(LEVEL_ICONS[level] ?? "info"), body);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = action.label;
    button.addEventListener("click", () => { item.remove(); action.run(); });
    item.append(button);
  }
  box.append(item);
  const leave = () => (item.contains(document.activeElement) ? setTimeout(leave, 1000) : item.remove()); // not under a hand on the keyboard
  if (seconds) setTimeout(leave, seconds * 1000);
  return item;
}

/** Asks in a native dialog; resolves to true or false. */
export function confirmBox({ title = _("Are you sure?"), text = "", yes = _("Yes"), danger = false } = {}) {
  return new Promise((resolve) => {
    const box = document.createElement("dialog");
    box.className = "dialog";
    box.setAttribute("aria-labelledby", "confirm-title");
    box.innerHTML = '<div class="dialog-head"><h2 id="confirm-title"></h2></div><div class="dialog-body"><p></p><div class="buttons"><button type="button" class="button" value=""></button><button type="button" class="button" value="yes"></button></div></div>';
    box.querySelector("h2").textContent = title;
    box.querySelector("p").textContent = text;
    const [no, ok] = box.querySelectorAll("button");
    no.textContent = _("Cancel");
    ok.textContent = yes;
    ok.classList.add(danger ? "danger" : "primary");
    for (const button of [no, ok]) button.addEventListener("click", () => box.close(button.value));
    box.addEventListener("close", () => { box.remove(); resolve(box.returnValue === "yes"); });
    document.body.append(box);
    box.showModal();
    no.focus();
  });
}

/** Says how the live connection is, in words: live, reconnecting or offline, and what waits; nothing where it is over. */
export function setConnection(state, waiting = 0) {
  const words = {
    live: pgettext("connection", "Connected"),
    connecting: _("Connecting…"),
    reconnecting: _("Connecting again…"),
    offline: pgettext("connection", "Offline"),
  };
  let text = words[state] ?? state;
  if (waiting) text += fill(ngettext(", %(n)d waiting", ", %(n)d waiting", waiting), { n: waiting });
  for (const pill of document.querySelectorAll("[data-connection]")) {
    const label = pill.querySelector("[data-words]");
    pill.dataset.state = state;
    pill.hidden = !state;
    if (label.textContent !== text) label.textContent = text;
  }
}

function enhanceClicks() {
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest?.(selector);
    const opener = hit("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    hit("[data-close]")?.closest("dialog")?.close();
    if (event.target.matches?.("dialog")) closeFromBackdrop(event);
    if (hit("[data-print]")) window.print();
    if (hit("[data-back]")) history.back();
    const copy = hit("[data-copy]");
    if (copy) copyText(copy.dataset.copy);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  if (history.length > 1) for (const back of document.querySelectorAll("[data-back]")) back.hidden = false;
}

function closeFromBackdrop(event) {
  const box = event.target.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside && event.clientX) event.target.close();
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(_("Copied"), "success", { seconds: 3 });
  } catch {
    toast(text, "info", { seconds: 0 });
  }
}

function enhanceForms() {
  guardForms();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    const question = button?.dataset.confirm ?? form.dataset.confirm;
    if (question && !form.dataset.confirmed) {
      event.preventDefault();
      const yes = button?.dataset.confirmYes ?? form.dataset.confirmYes ?? button?.textContent.trim();
      const danger = Boolean(button?.matches(".danger"));
      if (!(await confirmBox({ title: question, yes, danger }))) return;
      form.dataset.confirmed = "1";
      if (button) form.requestSubmit(button);
      else form.requestSubmit();
      return;
    }
    delete form.dataset.confirmed;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    button?.classList.add("busy");
    setTimeout(() => { delete form.dataset.sent; button?.classList.remove("busy"); }, 8000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll(".button.busy")) button.classList.remove("busy");
  });
  document.querySelector("[data-focus]:not([data-no-focus] *)")?.focus();
  settleDrafts();
  for (const form of document.querySelectorAll("form[data-keep]")) keepDraft(form);
}

const DRAFT = "draft:";

function readDraft(key) {
  try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
}

function writeDraft(key, draft) {
  try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* storage full or forbidden */ }
}

/** A sent draft was accepted when an ordinary page follows; a sign-in or error page in between keeps it. */
function settleDrafts() {
  const refused = document.body.classList.contains("focus");
  for (const key of Object.keys(sessionStorage).filter((k) => k.startsWith(DRAFT))) {
    const draft = readDraft(key);
    if (!draft?.sent) continue;
    if (refused) writeDraft(key, { ...draft, sent: false });
    else sessionStorage.removeItem(key);
  }
}

/** Keeps what is typed in this tab until the form was accepted. */
function keepDraft(form) {
  const key = DRAFT + (form.dataset.keep || location.pathname + "#" + (form.id || ""));
  const skip = ["password", "file", "hidden", "submit"];
  const fields = () => [...form.elements].filter((e) => e.name && !skip.includes(e.type));
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  const nameOf = (field) => `${field.name}:${isBox(field) ? field.value : ""}`;
  const draft = readDraft(key);
  if (draft && !form.querySelector("[aria-invalid]")) {
    for (const field of fields()) {
      const value = draft.values[nameOf(field)];
      if (value === undefined) continue;
      if (isBox(field)) field.checked = value;
      else field.value = value;
    }
  }
  const keep = (sent) =>
    writeDraft(key, { sent, values: Object.fromEntries(fields().map((f) => [nameOf(f), isBox(f) ? f.checked : f.value])) });
  form.addEventListener("input", () => keep(false));
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) keep(true); });
}

function enhanceTabs() {
  for (const group of document.querySelectorAll("[data-tabs]")) {
    const tabs = [...group.querySelectorAll('[role="tab"]')];
    const show = (tab, focus = false) => {
      for (const other of tabs) {
        const on = other === tab;
        other.setAttribute("aria-selected", String(on));
        other.tabIndex = on ? 0 : -1;
        const panel = document.getElementById(other.getAttribute("aria-controls"));
        if (panel) panel.hidden = !on && panel.id !== tab.getAttribute("aria-controls");
      }
      if (focus) tab.focus();
      group.dispatchEvent(new CustomEvent("tabs:change", { bubbles: true, detail: { id: tab.id, tab } }));
    };
    group.addEventListener("click", (event) => {
      const tab = event.target.closest('[role="tab"]');
      if (tab) show(tab);
    });
    group.addEventListener("keydown", (event) => {
      const at = tabs.indexOf(event.target);
      if (at < 0) return;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(tabs[(to + tabs.length) % tabs.length], true);
    });
    if (tabs.length) show(tabs.find((t) => t.getAttribute("aria-selected") === "true") ?? tabs[0]);
  }
}

function enhanceDrops() {
  for (const zone of document.querySelectorAll("[data-drop]")) {
    for (const kind of ["dragenter", "dragover"]) zone.addEventListener(kind, () => zone.classList.add("is-over"));
    for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("is-over"));
  }
}

function tickTimes() {
  for (const time of document.querySelectorAll("time[data-relative]")) {
    time.textContent = formatRelative(new Date(time.dateTime));
  }
}

enhanceClicks();
enhanceForms();
enhanceTabs();
enhanceDrops();
tickTimes();
setInterval(tickTimes, 30000);
