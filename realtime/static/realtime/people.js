/* Who has come: the check-in list beside the live presence by township. */

import { toast } from "../hub/hub.js";
import { _, ngettext, fill } from "../hub/format.js";
import { badge, text } from "./card.js";
import { api, send } from "./http.js";

const HERE = ["here", "late", "left", "substitute"];

export class People {
  constructor(store, townships, rows) {
    Object.assign(this, { store, townships, rows, here: {}, spoken: new Map() });
    this.list = document.querySelector("[data-people]");
    this.list.addEventListener("change", (event) => this.#tick(event.target));
    store.onChange((changed) => changed.attendance && this.#load());
    this.render();
  }

  /** A presence frame: townships by number of people, names for organisers. */
  presence(frame) {
    this.here = frame.townships ?? {};
    const present = this.townships.filter((township) => this.here[township.id]).length;
    const people = fill(ngettext("%(n)d person here", "%(n)d people here", frame.people), { n: frame.people });
    text(document.querySelector("[data-presence]"), `${fill(_("%(here)d of %(all)d townships"), { here: present, all: this.townships.length })} · ${people}`);
    const others = (frame.names ?? []).filter((person) => person.role === "organiser" && person.name !== this.store.me.name).map((person) => person.name);
    const box = document.querySelector("[data-hosts]");
    box.hidden = !others.length;
    text(box, others.length ? fill(_("Also hosting: %(names)s"), { names: [...new Set(others)].join(_(", ")) }) : "");
    this.#showTownships();
  }

  render() {
    this.#showTownships();
    this.#showRows();
  }

  #showTownships() {
    const came = new Set(this.rows.filter((row) => HERE.includes(row.state)).map((row) => row.township_id));
    document.querySelector("[data-townships]").replaceChildren(...this.townships.map((township) => {
      const item = document.createElement("li");
      const count = this.here[township.id] ?? 0;
      item.className = count || came.has(township.id) ? "is-here" : "is-away";
      const name = document.createElement("span");
      name.className = "truncate";
      name.textContent = township.name;
      item.append(badge("presence", count ? "here" : "away"), name);
      if (came.has(township.id)) {
        const mark = document.createElement("span");
        mark.className = "muted small";
        mark.textContent = _("came");
        item.append(mark);
      }
      return item;
    }));
  }

  #showRows() {
    const present = this.rows.filter((row) => HERE.includes(row.state)).length;
    text(document.querySelector("[data-people-sum]"), this.rows.length ? fill(_("%(here)d of %(all)d people have come"), { here: present, all: this.rows.length }) : "");
    const count = document.querySelector('[data-count="people"]');
    text(count, String(present));
    count.hidden = !present;
    document.querySelector("[data-no-people]").hidden = this.rows.length > 0;
    const known = new Map([...this.list.children].map((row) => [row.dataset.key, row]));
    const rows = this.rows.map((person) => {
      const row = known.get(person.key) ?? document.getElementById("person-row").content.firstElementChild.cloneNode(true);
      row.dataset.key = person.key;
      text(row.querySelector('[data-part="unit"]'), person.township);
      text(row.querySelector('[data-part="name"]'), person.name);
      text(row.querySelector('[data-part="state"]'), [person.words, person.time].filter(Boolean).join(" · "));
      const box = row.querySelector("[data-came]");
      box.checked = HERE.includes(person.state);
      box.disabled = this.store.meeting.status === "closed" || (!person.attendance && !person.membership);
      return row;
    });
    for (const row of [...this.list.children]) if (!rows.includes(row)) row.remove();
    // Rows in their place are not touched, so that the focus stays.
    rows.forEach((row, at) => this.list.children[at] !== row && this.list.insertBefore(row, this.list.children[at] ?? null));
  }

  async #load() {
    clearTimeout(this.timer);
    await new Promise((resolve) => (this.timer = setTimeout(resolve, 500)));
    try {
      this.rows = await send("GET", api(`/meetings/${this.store.meeting.id}/attendance`));
      this.render();
    } catch { /* the next change asks again */ }
  }

  async #tick(box) {
    const key = box.closest("[data-key]").dataset.key;
    const person = this.rows.find((row) => row.key === key);
    try {
      this.rows = box.checked
        ? await send("POST", api(`/meetings/${this.store.meeting.id}/attendance`), { membership: person.membership })
        : await send("DELETE", api(`/meetings/${this.store.meeting.id}/attendance/${person.attendance}`));
    } catch (error) {
      toast(error.message, "error");
    }
    this.render();
  }
}
