/* Files on their way from this page: sorted to deck or manuscript by their kind, one after another to each. */

import { confirmBox, formatSize, icon } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";
import { Sending, unfinished } from "./sending.js";
import { fingerprintOf } from "./sha256.js";

const OVER = ["done", "cancelled"];
const BADGES = {
  queued: ["", "clock", () => _("Waiting its turn")],
  sending: ["info", "upload", () => _("Sending")],
  waiting: ["warn", "wifi-off", () => _("Waiting for the connection")],
  paused: ["warn", "pause", () => _("Paused")],
  done: ["ok", "check", () => _("Sent")],
  error: ["bad", "error", () => _("Not sent")],
};
const BUTTONS = { pause: ["sending", "waiting"], resume: ["paused"], retry: ["error"], cancel: ["queued", "sending", "waiting", "paused", "error"] };

const endingOf = (name) => name.toLowerCase().match(/\.[^.]+$/)?.[0] ?? "";

/** Which slot each file belongs to: [{file, kind, problem}]. What fits both goes where the page is about, or
 * to the other one when another file of the same drop is there already. */
export function sorted(files, slot) {
  const fits = (file) => Object.keys(slot.kinds).filter((kind) => slot.kinds[kind].includes(endingOf(file.name)));
  const taken = new Set(files.map(fits).filter((kinds) => kinds.length === 1).map(([kind]) => kind));
  const other = Object.keys(slot.kinds).find((kind) => kind !== slot.kind);
  return files.map((file) => {
    const kinds = fits(file);
    if (!kinds.length) return { file, kind: slot.kind, problem: fill(_("This kind of file cannot be taken. Decks: %(deck)s. Manuscripts: %(manuscript)s."), { deck: slot.kinds.deck.join(" "), manuscript: slot.kinds.manuscript.join(" ") }) };
    let [kind] = kinds;
    if (kinds.length > 1) {
      kind = taken.has(slot.kind) && !taken.has(other) ? other : slot.kind;
      taken.add(kind);
    }
    return { file, kind, problem: objection(file, slot) };
  });
}

/** What can be said before a byte is sent. */
function objection(file, slot) {
  if (file.size > slot.max) return fill(_("Too large: %(size)s, at most %(most)s. Make its pictures or videos smaller."), { size: formatSize(file.size), most: formatSize(slot.max) });
  if (file.size === 0) return _("The file is empty. Check it on your computer.");
  return "";
}

export class Queue {
  #list = document.getElementById("file-list");
  #pattern = document.getElementById("file-row");
  #sendings = new Set();
  #lines = new Map(); // kind -> the sendings that wait, first one first
  #reminded = new Map(); // name and size -> [row, id] of what an earlier page began

  constructor(slot, { colleagues, arrived }) {
    Object.assign(this, { slot, colleagues, arrived });
    this.known = this.#remind();
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
  }

  get busy() {
    return [...this.#sendings].some((one) => ["sending", "queued", "waiting"].includes(one.state));
  }

  /** The ids of what this page sends or reminds of. */
  get ids() {
    const ids = [...this.#sendings].map((one) => one.id).concat([...this.#reminded.values()].map(([, id]) => id));
    return new Set(ids.filter(Boolean));
  }

  async take(files) {
    await this.known;
    await this.colleagues().look();
    for (const { file, kind, problem } of sorted(files, this.slot)) {
      if (problem) this.#refuse(file, problem);
      else await this.#add(file, kind);
    }
  }

  async #add(file, kind) {
    const mark = await fingerprintOf(file).catch(() => "");
    const earlier = this.#forget(file);
    const from = earlier ? "" : await this.colleagues().agreed(kind, file, mark);
    if (from === null) return;
    const row = this.#row(file.name);
    row.dataset.kind = kind;
    if (kind === "manuscript") row.querySelector(".icon").replaceWith(icon("text"));
    const slot = { ...this.slot, kind };
    const one = new Sending(file, slot, mark, () => this.#report(row, one), () => this.#finished(one));
    one.from = from;
    this.#sendings.add(one);
    row.addEventListener("click", (event) => this.#press(one, row, event.target.closest("[data-act]")?.dataset.act));
    const line = this.#lines.get(kind) ?? [];
    this.#lines.set(kind, line);
    line.push(one);
    this.#draw(row, one);
    if (line[0] === one) one.start(one.from);
  }

  #report(row, one) {
    this.#draw(row, one);
    if (one.state === "error") this.#next(one); // the files behind it need not wait
  }

  #finished(one) {
    this.arrived(one);
    this.#next(one);
  }

  #next(one) {
    const line = this.#lines.get(one.slot.kind) ?? [];
    if (line[0] !== one) {
      if (line.includes(one)) line.splice(line.indexOf(one), 1);
      return;
    }
    line.shift();
    line[0]?.start(line[0].from);
  }

  async #press(one, row, act) {
    if (act === "pause") one.pause();
    else if (act === "resume" || act === "retry") one.resume();
    else if (act === "cancel") {
      const much = one.sent > 5_000_000 && one.state !== "error";
      const text = fill(_("What has arrived of “%(file)s” is thrown away."), { file: one.file.name });
      if (much && !(await confirmBox({ title: _("Cancel this upload?"), text, yes: _("Throw it away"), danger: true }))) return;
      if (OVER.includes(one.state)) return;
      await one.cancel();
      this.#sendings.delete(one);
      this.#leave(row);
      this.#next(one);
      this.colleagues().look();
    }
  }

  #row(name) {
    const row = this.#pattern.content.firstElementChild.cloneNode(true);
    row.querySelector("[data-name]").textContent = name;
    this.#list.append(row);
    return row;
  }

  #badge(row, state) {
    const [tone, picture, words] = BADGES[state];
    const badge = document.createElement("span");
    badge.className = `badge ${tone}`;
    badge.append(icon(picture), words());
    const holder = row.querySelector("[data-state]");
    if (holder.textContent !== badge.textContent) holder.replaceChildren(badge);
  }

  #draw(row, one) {
    row.className = `file is-${{ waiting: "paused", queued: "paused" }[one.state] ?? one.state}`;
    if (BADGES[one.state]) this.#badge(row, one.state);
    const bar = row.querySelector("[data-progress]");
    [bar.max, bar.value, bar.hidden] = [one.file.size, one.sent, one.state === "done"];
    const detail = row.querySelector("[data-detail]");
    detail.replaceChildren(`${this.slot.names[one.slot.kind]} · ${one.detail}`);
    if (one.state === "done") this.#prove(detail, one);
    if (one.code === "deadline_passed") this.#offerExtension(detail);
    const held = row.contains(document.activeElement) && document.activeElement;
    for (const [act, states] of Object.entries(BUTTONS)) {
      const fits = states.includes(one.state) && !(act === "retry" && (one.proof === "different" || one.code === "deadline_passed"));
      row.querySelector(`[data-act="${act}"]`).hidden = !fits;
    }
    if (held?.hidden) row.querySelector("[data-act]:not([hidden])")?.focus(); // pause becomes go on under the finger
  }

  /** The whole file's checksum, as the server computed it from what it stored. */
  #prove(detail, one) {
    if (!one.sha256) return;
    const code = document.createElement("code");
    code.className = "hash";
    code.textContent = one.sha256;
    const words = one.proof === "same" ? _("Arrived whole, the same as on this computer. SHA-256") : _("Arrived whole. SHA-256");
    detail.replaceChildren(`${this.slot.names[one.slot.kind]} · ${formatSize(one.file.size)} · ${words} `, code);
    if (one.slot.kind === this.slot.kind) return;
    const link = document.createElement("a");
    link.href = this.slot.pages[one.slot.kind];
    link.textContent = _("Look at it");
    detail.append(" ", link);
  }

  #offerExtension(detail) {
    const link = document.createElement("a");
    link.className = "button small";
    link.href = `${this.slot.pages[this.slot.kind]}#reason`;
    link.textContent = _("Ask for an extension");
    detail.append(" ", link);
  }

  #refuse(file, problem) {
    const row = this.#row(file.name);
    row.className = "file is-error";
    this.#badge(row, "error");
    row.querySelector("[data-progress]").hidden = true;
    row.querySelector("[data-detail]").textContent = problem;
    for (const button of row.querySelectorAll("[data-act]")) button.hidden = button.dataset.act !== "cancel";
    row.querySelector('[data-act="cancel"]').addEventListener("click", () => this.#leave(row));
  }

  /** Take a row away. Whoever stood on it goes on at the next one, or where files are chosen. */
  #leave(row) {
    const held = row.contains(document.activeElement) || document.activeElement === document.body;
    const near = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (held) (near?.querySelector("[data-act]:not([hidden])") ?? document.getElementById("file")).focus();
  }

  /** After a reload the browser may not open a file by itself: ask for it, nothing is sent twice. */
  async #remind() {
    for (const kind of Object.keys(this.slot.kinds)) {
      for (const entry of await unfinished({ ...this.slot, kind })) {
        const row = this.#row(entry.name);
        row.classList.add("is-paused");
        row.querySelector("[data-progress]").hidden = true;
        row.querySelector("[data-detail]").textContent = _("Not all of it was sent. Choose the same file again: it goes on where it stopped.");
        row.querySelector("[data-state]").replaceChildren();
        for (const button of row.querySelectorAll("[data-act]")) button.hidden = true;
        this.#reminded.set(`${entry.name}/${entry.size}`, [row, entry.url?.split("/").at(-1)]);
      }
    }
  }

  /** The file that was asked for is here: the reminder goes. Whether there was one. */
  #forget(file) {
    const key = `${file.name}/${file.size}`;
    const found = this.#reminded.get(key);
    found?.[0].remove();
    this.#reminded.delete(key);
    return Boolean(found);
  }
}
