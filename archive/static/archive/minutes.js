// The editor of the minutes. Each part is saved by itself a moment after the last key, together with the text it was made from, so that
// the server can join what two people write. Nothing typed is thrown away: what cannot be joined is kept beside the part.
import { csrf, toast } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";

const PAUSE = 1200;
const ASK = 4000;
const SAVED = "#saved"; // the page came back by itself: what was typed is stored, approving waits for a last look
const root = document.querySelector("[data-minutes]");
const parts = new Map();

class Part {
  constructor(card) {
    this.card = card;
    this.key = card.dataset.part;
    this.form = card.querySelector("form:has(.minutes-body)");
    this.area = card.querySelector(".minutes-body");
    this.said = card.querySelector("[data-said]");
    this.others = card.querySelector("[data-writing]");
    this.number = Number(this.form.elements.base.value);
    this.base = this.area.value;
    this.timer = 0;
    this.busy = null;
    card.querySelector("[data-save]").hidden = true;
    this.area.addEventListener("input", () => this.typed());
    this.area.addEventListener("blur", () => this.save());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    this.grow();
  }

  get dirty() { return this.area.value !== this.base; }

  typed() {
    this.grow();
    this.say(_("Not saved yet"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  say(text) { if (this.said.textContent !== text) this.said.textContent = text; }

  grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.area.rows = Math.max(4, this.area.value.split("\n").length + 2);
  }

  // One request at a time; what is typed meanwhile goes with the next one.
  async save() {
    clearTimeout(this.timer);
    if (this.busy) { await this.busy; }
    if (!this.dirty) return true;
    this.busy = this.send(this.area.value);
    try { return await this.busy; } finally { this.busy = null; }
  }

  async send(text) {
    this.say(_("Saving…"));
    let answer;
    try {
      answer = await fetch(this.form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
        body: JSON.stringify({ body: text, base: this.number, base_body: this.base }),
      });
    } catch {
      this.later(_("No connection. Your text is here and will be saved."));
      return false;
    }
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      if (answer.status >= 500) this.later(_("The server could not save it. It will be tried again."));
      else this.say(told.detail ?? _("This could not be saved."));
      return false;
    }
    if (told.conflict) {
      this.base = this.area.value;
      await saveAll();
      location.hash = this.card.id;
      location.reload();
      return false;
    }
    if (told.merged && this.area.value === text) this.take(told);
    else if (told.merged) this.base = text;
    else { this.base = text; this.number = told.number; }
    this.say(fill(told.merged ? _("Saved at %(at)s, joined with what %(by)s wrote") : _("Saved at %(at)s"), told));
    return true;
  }

  later(text) {
    this.say(text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), 5000);
  }

  // Put a newer text in place, the caret where it was.
  take(told) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    this.area.value = told.body;
    this.base = this.area.value;
    this.number = told.number;
    this.form.elements.base.value = told.number;
    for (const hidden of this.card.querySelectorAll("input[name=base]")) hidden.value = told.number;
    if (document.activeElement === this.area) this.area.setSelectionRange(start, end);
    this.grow();
  }

  heard(told, names) {
    this.others.hidden = !names.length;
    this.others.textContent = names.length ? fill(_("%(names)s is writing here"), { names: names.join(_(", ")) }) : "";
    if (told.number > this.number && !this.dirty && !this.busy) {
      this.take(told);
      this.say(fill(_("Changed by %(by)s at %(at)s"), told));
    }
  }
}

async function saveAll() {
  const done = await Promise.all([...parts.values()].map((part) => part.save()));
  return done.every(Boolean);
}

async function ask() {
  const focused = document.activeElement?.closest?.("[data-part]")?.dataset.part ?? "";
  try {
    const answer = await fetch(`${root.dataset.state}?writing=${focused}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    if (told.frozen) { location.reload(); return; }
    for (const [key, part] of parts) if (told.parts[key]) part.heard(told.parts[key], told.writing[key] ?? []);
  } catch { /* the next one may get through */ }
}

if (root) {
  for (const card of root.querySelectorAll("[data-part]")) parts.set(card.dataset.part, new Part(card));
  setInterval(() => { if (!document.hidden) ask(); }, ASK);
  addEventListener("beforeunload", (event) => { if ([...parts.values()].some((part) => part.dirty)) event.preventDefault(); });
  // Approve what is on the screen: save first, and let the page show the newest text once more.
  const approve = document.querySelector("[data-approve]");
  approve?.addEventListener("click", async (event) => {
    const changed = [...parts.values()].some((part) => part.dirty || part.busy);
    const opened = [...parts.values()].some((part) => part.number !== Number(part.form.elements.base.defaultValue));
    if (!changed && !opened) return;
    event.preventDefault();
    event.stopPropagation();
    if (await saveAll()) {
      history.replaceState(null, "", SAVED);
      location.reload();
    }
  }, true);
  if (approve && location.hash === SAVED) {
    history.replaceState(null, "", location.pathname);
    toast(_("Everything is saved. Please read it once more, then approve."), "info", { seconds: 15 });
    approve.querySelector("button").focus({ preventScroll: true });
  }
}
