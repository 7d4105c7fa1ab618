// The agenda editor: items are dragged (mouse, finger) or moved by arrow keys, minutes are typed in
// place; running times and the warning follow at once. Without this script there are buttons.
import { confirmBox, csrf, toast } from "../hub/hub.js";
import { _, fill, ngettext } from "../hub/format.js";

const list = document.getElementById("agenda-items");
const spoken = document.getElementById("agenda-said");
let saving = Promise.resolve();
let dragged = null;

const rows = () => [...list.children];
const clock = (minutes) =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

function showTimes() {
  let at = Number(list.dataset.begins);
  let total = 0;
  const last = rows().length - 1;
  rows().forEach((row, place) => {
    row.querySelector("[data-starts]").textContent = clock(at);
    at += Number(row.dataset.minutes);
    total += Number(row.dataset.minutes);
    for (const button of row.querySelectorAll("[name=by]")) {
      button.disabled = button.value === "-1" ? place === 0 : place === last;
    }
  });
  const available = Number(list.dataset.available);
  const over = total - available;
  document.getElementById("agenda-total").textContent = fill(_("%(minutes)s of %(available)s minutes"), {
    minutes: total,
    available,
  });
  const warning = document.getElementById("agenda-over");
  warning.hidden = over <= 0;
  warning.querySelector("[data-over]").textContent = fill(
    ngettext(
      "It takes %(minutes)s of %(available)s minutes, %(over)s minute too many.",
      "It takes %(minutes)s of %(available)s minutes, %(over)s minutes too many.",
      over,
    ),
    { minutes: total, available, over },
  );
  return at;
}

function save(row, changes) {
  saving = saving.then(async () => {
    try {
      const answer = await fetch(`/api/v1/agenda/${row.dataset.id}`, {
        method: "PATCH",
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
        body: JSON.stringify(changes),
      });
      if (answer.ok) return;
      const problem = await answer.json().catch(() => ({}));
      refused(problem.detail);
    } catch {
      refused(_("There is no connection. The change is not saved."));
    }
  });
}

async function refused(text) {
  toast(text || _("The change was not saved."), "error");
  const yes = await confirmBox({
    title: _("The change was not saved."),
    text: _("Load the agenda as it is now?"),
    yes: _("Load it"),
  });
  if (yes) location.reload();
}

function moved(row) {
  showTimes();
  const place = rows().indexOf(row);
  save(row, { position: place });
  spoken.textContent = fill(_("“%(title)s” is number %(place)s of %(all)s, at %(time)s."), {
    title: row.dataset.title,
    place: place + 1,
    all: rows().length,
    time: row.querySelector("[data-starts]").textContent,
  });
}

function put(row, place) {
  const others = rows().filter((other) => other !== row);
  const before = others[Math.max(0, place)];
  if (before) before.before(row);
  else list.append(row);
}

list.addEventListener("keydown", (event) => {
  const handle = event.target.closest(".agenda-handle");
  if (!handle) return;
  const row = handle.closest("li");
  const here = rows().indexOf(row);
  const last = rows().length - 1;
  const there = { ArrowUp: here - 1, ArrowDown: here + 1, Home: 0, End: last }[event.key];
  if (there === undefined) return;
  event.preventDefault();
  if (there < 0 || there > last || there === here) return;
  put(row, there);
  handle.focus();
  moved(row);
});

list.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".agenda-handle");
  if (!handle || event.button !== 0) return;
  const row = handle.closest("li");
  dragged = { row, handle, from: rows().indexOf(row) };
  handle.setPointerCapture(event.pointerId);
  row.classList.add("is-dragged");
});

list.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  event.preventDefault();
  const others = rows().filter((other) => other !== dragged.row);
  const after = others.find((other) => {
    const box = other.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  if (after ? dragged.row.nextElementSibling !== after : list.lastElementChild !== dragged.row) {
    if (after) after.before(dragged.row);
    else list.append(dragged.row);
    showTimes();
    if (!dragged.handle.hasPointerCapture(event.pointerId)) dragged.handle.setPointerCapture(event.pointerId);
  }
  if (event.clientY < 80) window.scrollBy(0, -12);
  if (event.clientY > window.innerHeight - 80) window.scrollBy(0, 12);
});

function drop(cancelled) {
  if (!dragged) return;
  const { row, from } = dragged;
  dragged = null;
  row.classList.remove("is-dragged");
  if (cancelled) put(row, from);
  if (rows().indexOf(row) !== from) moved(row);
  else showTimes();
}
document.addEventListener("pointerup", () => drop(false));
document.addEventListener("pointercancel", () => drop(true));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") drop(true);
});

list.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-move]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const row = form.closest("li");
  put(row, rows().indexOf(row) + Number(event.submitter.value));
  moved(row);
  event.submitter.focus();
});

list.addEventListener("change", (event) => {
  const input = event.target.closest("input.minutes");
  if (!input) return;
  const row = input.closest("li");
  const minutes = Number(input.value);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 600) {
    input.value = row.dataset.minutes;
    return;
  }
  row.dataset.minutes = minutes;
  showTimes();
  save(row, { minutes });
});

for (const part of list.querySelectorAll("[data-script]")) part.hidden = false;
for (const part of list.querySelectorAll("[data-no-script]")) part.hidden = true;
