/* What colleagues are sending to the same place: shown while it happens, and how to go on with it. */

import { confirmBox, csrf, formatSize, formatSpan, toast } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";

const LOOK_MS = 4000;
const ACTIVE_SECONDS = 20;

export class Colleagues {
  #box = document.querySelector("[data-others]");
  #list = document.querySelector("[data-others-list]");
  #pattern = document.getElementById("other-row");
  #rows = [];
  #seen = new Map(); // id -> [moment, offset] of the last look

  /** `mine()` gives the ids of what this very page sends; `choose()` opens the file picker; `changed()` is
   * called when one of the uploads has ended. */
  constructor(slot, { mine, choose, changed }) {
    Object.assign(this, { slot, mine, choose, changed });
    this.#list.replaceChildren();
    if (!slot.watch) return;
    this.#look();
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
  }

  /** The upload of the very same file to the same place that somebody began, if any. */
  same(kind, file, mark) {
    return this.#rows.find((row) => row.kind === kind && row.length === file.size && row.fingerprint === mark);
  }

  /** Somebody else who is sending another file to the same place at this moment. */
  rival(kind) {
    return this.#rows.find((row) => row.kind === kind && this.#isActive(row));
  }

  #isActive(row) {
    return row.quiet_seconds < ACTIVE_SECONDS;
  }

  /** Ask whether to go on although somebody is sending: the address to go on from, "" for an upload of our
   * own, null when the reader would rather not. */
  async agreed(kind, file, mark) {
    const same = this.same(kind, file, mark);
    const percent = same ? `${this.#percent(same)} %` : "";
    if (same && (same.mine || !this.#isActive(same))) return same.url;
    if (same) {
      const text = fill(_("%(name)s is sending this very file at the moment (%(percent)s). If you go on with it here, nothing that has arrived is sent again."), { name: same.uploaded_by, percent });
      return (await confirmBox({ title: _("Take over?"), text, yes: _("Go on with it") })) ? same.url : null;
    }
    const rival = this.rival(kind);
    if (!rival) return "";
    const text = fill(_("%(name)s is sending “%(file)s” to the same place at the moment. If you send yours too, both are kept as versions, and the one that arrives last is shown."), { name: rival.uploaded_by, file: rival.filename });
    return (await confirmBox({ title: _("Send yours too?"), text, yes: _("Send mine too") })) ? "" : null;
  }

  async look() {
    try {
      const response = await fetch(this.slot.others, { headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const { uploads } = await response.json();
      const own = this.mine();
      const rows = uploads.filter((row) => !own.has(row.id));
      const gone = this.#rows.some((row) => !uploads.some((other) => other.id === row.id));
      this.#rows = rows;
      this.#draw();
      if (gone) this.changed();
    } catch { /* offline: at the next look */ }
  }

  async #look() {
    if (!document.hidden) await this.look();
    setTimeout(() => this.#look(), LOOK_MS);
  }

  #percent(row) {
    return Math.floor((row.offset * 100) / row.length);
  }

  #draw() {
    this.#box.hidden = this.#rows.length === 0;
    const wanted = new Set(this.#rows.map((row) => row.id));
    for (const node of [...this.#list.children]) if (!wanted.has(node.dataset.upload)) node.remove();
    for (const row of this.#rows) this.#fill(this.#list.querySelector(`[data-upload="${row.id}"]`) ?? this.#added(row), row);
  }

  #added(row) {
    const node = this.#pattern.content.firstElementChild.cloneNode(true);
    node.dataset.upload = row.id;
    node.querySelector("[data-continue]")?.addEventListener("click", () => this.choose());
    node.querySelector("[data-stop]")?.addEventListener("click", () => this.#stop(row.id));
    this.#list.append(node);
    return node;
  }

  #fill(node, row) {
    node.querySelector("[data-name]").textContent = `${row.filename} · ${this.slot.names[row.kind]}`;
    const words = node.querySelector("[data-words]");
    const said = this.#words(row);
    if (words.textContent !== said) words.textContent = said;
    const bar = node.querySelector("[data-bar]");
    [bar.max, bar.value] = [row.length, row.offset];
    node.querySelector("[data-amount]").textContent = `${formatSize(row.offset)} / ${formatSize(row.length)}`;
    const go = node.querySelector("[data-continue]");
    if (go) go.hidden = this.#isActive(row);
  }

  #words(row) {
    const percent = this.#percent(row);
    const now = performance.now();
    const before = this.#seen.get(row.id);
    if (!before || before[1] !== row.offset) this.#seen.set(row.id, [now, row.offset]);
    if (this.#isActive(row)) {
      const speed = before && row.offset > before[1] ? `${formatSize(((row.offset - before[1]) * 1000) / (now - before[0]))}/s` : "";
      const sentence = row.mine
        ? _("You are sending this in another window or on another computer.")
        : fill(_("%(name)s is sending this now. You need not do anything."), { name: row.uploaded_by });
      return [sentence, `${percent} %`, speed].filter(Boolean).join(" · ");
    }
    const facts = { name: row.uploaded_by, time: formatSpan(row.quiet_seconds), percent: `${percent} %` };
    if (row.mine) return fill(_("You began sending this; nothing has come for %(time)s. Choose the same file: it goes on from %(percent)s."), facts);
    return fill(_("%(name)s began sending this; nothing has come for %(time)s. If you have the same file, choose it: it goes on from %(percent)s."), facts);
  }

  async #stop(id) {
    const row = this.#rows.find((one) => one.id === id);
    const text = fill(_("What has arrived of “%(file)s” (%(percent)s) is thrown away."), { file: row.filename, percent: `${this.#percent(row)} %` });
    if (!(await confirmBox({ title: _("Cancel this upload?"), text, yes: _("Throw it away"), danger: true }))) return;
    const response = await fetch(row.url, { method: "DELETE", headers: { "Tus-Resumable": "1.0.0", "X-CSRFToken": csrf(), Accept: "application/json" } }).catch(() => null);
    if (!response?.ok) {
      const problem = await response?.json().catch(() => null);
      toast(problem?.detail ?? _("That did not work. Please try again."), "error");
    }
    this.look();
  }
}
