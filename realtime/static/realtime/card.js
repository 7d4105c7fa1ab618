/* One entry of the board as a card. Made from the page's <template>; data only ever becomes text. */

import { _, ngettext, fill } from "../hub/format.js";
import { icon } from "../hub/hub.js";
import { pageState } from "./live.js";

const STATES = { waiting: "listed", on_screen: "screen", answered: "answered", carried: "carried", merged: "merged" };
const zone = pageState().meeting.time_zone;
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });

export const hm = (iso) => clock.format(new Date(iso));

const days = new Intl.DateTimeFormat(document.documentElement.lang, { month: "short", day: "numeric", timeZone: "UTC" });

/** A date like 2026-12-20 in short words. */
export const dayWords = (date) => days.format(new Date(`${date}T00:00:00Z`));

/** A badge of the page's collection, e.g. badge("post", "problem"). */
export function badge(kind, state) {
  const source = document.getElementById("badges").content.querySelector(`[data-badge="${kind}:${state}"]`);
  return source ? source.firstElementChild.cloneNode(true) : document.createTextNode(state);
}

export function newCard() {
  return document.getElementById("post-template").content.firstElementChild.cloneNode(true);
}

/** Bring a card up to date. `view`: {mine, supported, staff, rights, editable, waiting, merging}. */
export function fillCard(card, post, view) {
  const part = (name) => card.querySelector(`[data-part="${name}"]`);
  card.dataset.id = post.id;
  card.dataset.kind = post.kind;
  card.className = ["post", (view.waiting || post.held) && "is-waiting", post.hidden && "is-hidden", post.withdrawn && "is-withdrawn", post.status === "on_screen" && "is-screen"].filter(Boolean).join(" ");
  part("kind").replaceChildren(badge("post", post.kind));
  text(part("township"), post.township?.name || post.author.unit);
  text(part("author"), post.author.name);
  part("mine").hidden = !view.mine;
  const time = part("time");
  time.dateTime = post.created_at;
  text(time, hm(post.created_at) + (post.edited_at ? ` · ${_("edited")}` : ""));
  text(part("body"), post.body);
  fillAnchor(part("anchor"), post.page);
  fillOthers(part("others"), post.others ?? [], view);
  fillInto(part("into"), post, view);
  fillFacts(part("facts"), post, view);
  fillList(part("adoptions"), post.adoptions ?? [], fillAdoption);
  fillList(part("replies"), post.replies ?? [], (item, reply) => fillReply(item, reply, view));
  part("states").replaceChildren(...stateBadges(post, view));
  const refused = part("refused");
  refused.hidden = !view.refused;
  text(refused.querySelector("[data-words]"), view.refused ?? "");
  fillActions(card, post, view);
}

/** Set text only when it differs: nothing jumps, nothing is announced twice. */
export function text(element, value) {
  if (element.textContent !== value) element.textContent = value;
}

function stateBadges(post, view) {
  const badges = [];
  if (view.waiting) badges.push(badge("post-state", "waiting"));
  if (post.held) badges.push(badge("post-state", "held"));
  if (post.pinned) badges.push(badge("post-state", "pinned"));
  if (post.hidden) badges.push(badge("post-state", "hidden"));
  if (post.withdrawn) badges.push(badge("post-state", "withdrawn"));
  // Nobody has to answer a practice: that it waits is news to its author only, who wonders whether it came.
  const plain = post.status === "waiting" && (view.waiting || post.held || (post.kind === "practice" && !view.mine));
  if (STATES[post.status] && !plain) badges.push(badge("post-state", STATES[post.status]));
  return badges;
}

function fillAnchor(anchor, page) {
  anchor.hidden = !page;
  if (!page) return;
  anchor.dataset.material = page.material;
  anchor.dataset.page = page.number;
  const words = fill(_("Slide %(number)d · %(township)s"), page);
  text(anchor.querySelector("span"), page.title ? `${words} · ${page.title}` : words);
}

/** Who else raised it; the organiser sees each with its words and can separate it again. */
function fillOthers(list, others, view) {
  list.hidden = !others.length;
  const shown = JSON.stringify([others, view.staff, Boolean(view.rights.moderate)]);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  const nameOf = (author) => [author.unit, author.name].filter(Boolean).join(" ");
  if (!view.staff) {
    const names = [...new Set(others.map(nameOf))].join(_(", "));
    const item = document.createElement("li");
    item.textContent = others.length ? fill(_("Also raised by %(names)s"), { names }) : "";
    list.replaceChildren(item);
    return;
  }
  list.replaceChildren(...others.map((author) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = fill(_("Also raised by %(names)s"), { names: nameOf(author) }) + (author.body ? ` “${author.body.slice(0, 60)}”` : "");
    item.append(words);
    if (view.rights.moderate) item.append(smallButton("unmerge", _("Separate"), "other", author.id));
    return item;
  }));
}

function smallButton(act, words, key, value) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button quiet small";
  button.dataset.act = act;
  button.dataset[key] = value;
  button.textContent = words;
  return button;
}

/** An entry of one's own that was merged says where it is now. */
function fillInto(element, post, view) {
  element.hidden = !view.into;
  text(element, view.into ? fill(_("Merged into the entry of %(name)s: %(words)s"), { name: view.into.township?.name || view.into.author.unit, words: view.into.body.slice(0, 60) }) : "");
}

/** Category and case. */
function fillFacts(element, post, view) {
  const { category, case: one } = post;
  const about = element.querySelector('[data-part="category"]');
  about.hidden = !category;
  text(about, category ? [category.of, category.name].filter(Boolean).join(" · ") : "");
  const link = element.querySelector('[data-part="case"]');
  link.hidden = !one;
  element.hidden = !category && !one;
  if (!one) return;
  if (view.rights.cases) link.href = `/cases/${one.id}/`;
  const status = badge("case", one.status).textContent.trim();
  text(link.querySelector("[data-words]"), [_("Followed up"), status, one.responsible, one.due && dayWords(one.due)].filter(Boolean).join(" · "));
}

function fillList(list, entries, fillOne) {
  list.hidden = !entries.length;
  while (list.children.length > entries.length) list.lastElementChild.remove();
  entries.forEach((entry, at) => {
    const item = list.children[at] ?? list.appendChild(document.createElement("li"));
    fillOne(item, entry);
  });
}

function fillReply(item, reply, view) {
  const shown = `${reply.id}:${reply.waiting ?? ""}:${reply.refused ?? ""}:${reply.hidden ?? ""}:${view.rights.moderate ?? ""}`;
  if (item.dataset.shown === shown) return;
  item.dataset.shown = shown;
  const name = document.createElement("b");
  name.textContent = reply.author.name;
  const unit = document.createElement("span");
  unit.className = "muted small";
  unit.textContent = ` ${reply.author.unit} · ${hm(reply.created_at)} `;
  const body = document.createElement("p");
  body.textContent = reply.body;
  item.replaceChildren(name, unit);
  if (reply.waiting) item.append(badge("post-state", "waiting"));
  if (reply.hidden) item.append(badge("post-state", "hidden"));
  item.classList.toggle("is-hidden", Boolean(reply.hidden));
  item.append(body);
  if (view.staff && view.rights.moderate && !reply.waiting) {
    const hide = smallButton("hide-reply", reply.hidden ? _("Show again") : _("Hide"), "reply", reply.id);
    hide.dataset.hidden = String(Boolean(reply.hidden));
    item.append(hide);
  }
  if (!reply.refused) return;
  const reason = document.createElement("p");
  reason.className = "field-error";
  reason.textContent = reply.refused;
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "button small";
  drop.dataset.act = "discard";
  drop.dataset.client = reply.id;
  drop.textContent = _("Discard");
  item.append(reason, drop);
}

function fillAdoption(item, adoption) {
  const name = document.createElement("b");
  name.textContent = adoption.township.name;
  item.replaceChildren(icon("practice"), name, badge("adoption", adoption.status));
  if (adoption.evidence) {
    const proof = document.createElement("a");
    proof.href = adoption.evidence.url;
    proof.textContent = adoption.evidence.title || _("Evidence");
    item.append(proof);
  }
  if (!adoption.result) return;
  const result = document.createElement("p");
  result.textContent = adoption.result;
  item.append(result);
}

function fillActions(card, post, view) {
  const { rights } = view;
  const here = !post.withdrawn && !post.hidden && !view.waiting && post.status !== "merged";
  const open = here && !post.held;
  const adopted = (post.adoptions ?? []).some((adoption) => adoption.township.id === view.township);
  const moderates = view.staff && rights.moderate && !view.waiting;
  const followed = post.case && (post.case.responsible || post.case.due);
  const allowed = {
    support: open && rights.support && !view.mine,
    reply: open && rights.reply,
    adopt: open && rights.adopt && post.kind === "practice",
    ledger: open && rights.adopt && rights.cases && adopted,
    edit: here && view.editable,
    withdraw: here && view.editable,
    moderate: moderates,
    approve: moderates && here && post.held,
    hold: moderates && open,
    file: view.hasCategories,
    follow: post.kind !== "question",
    unassign: Boolean(followed),
    discard: Boolean(view.refused),
    again: Boolean(view.refused),
    "merge-here": view.merging && view.merging !== post.id && open,
  };
  for (const element of card.querySelectorAll("[data-if]")) element.hidden = !allowed[element.dataset.if];
  fillSupport(card.querySelector('[data-part="support"]'), post, view, allowed.support);
  press(card.querySelector('[data-act="adopt"]'), adopted);
  if (allowed.ledger) card.querySelector('[data-part="ledger"]').href = `/practices/${post.id}/`;
  if (!view.staff) return;
  label(card, "assign", followed ? _("Change the assignment…") : _("Assign to a person…"));
  label(card, "carried", post.status === "carried" ? _("Do not carry forward") : _("Carry forward"));
  label(card, "pin", post.pinned ? _("Unpin") : _("Pin to the top"));
  label(card, "hide", post.hidden ? _("Show again") : _("Hide"));
  label(card, "screen", post.status === "on_screen" ? _("Take off the screen") : _("Put on screen"));
  label(card, "answered", post.status === "answered" ? _("Not answered yet") : _("Mark answered"));
}

function fillSupport(box, post, view, allowed) {
  const { people, townships } = post.supports ?? { people: 0, townships: 0 };
  const button = box.querySelector("button");
  button.hidden = !allowed;
  press(button, view.supported);
  const count = fill(ngettext("%(n)d person", "%(n)d people", people), { n: people });
  const places = fill(ngettext("%(n)d township", "%(n)d townships", townships), { n: townships });
  text(box.querySelector("[data-count]"), people ? (townships ? `${count} · ${places}` : count) : "");
}

function press(button, on) {
  button?.setAttribute("aria-pressed", String(Boolean(on)));
}

function label(card, act, words) {
  const target = card.querySelector(`[data-act="${act}"] [data-words]`);
  if (target) text(target, words);
}
