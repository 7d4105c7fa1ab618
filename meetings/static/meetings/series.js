// The form of a series: only the fields of the chosen kind are shown, and the next dates follow
// what is typed. Without this script all fields are there and a button shows the dates.
const form = document.getElementById("series-form");
const preview = document.getElementById(form.dataset.preview);
let waiting = 0;
let newest = 0;

function showFields() {
  const kind = form.elements.kind.value;
  for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== kind;
}

async function showDates() {
  const number = ++newest;
  const body = new FormData(form);
  body.set("preview", "1");
  if (!body.get("name")) body.set("name", "-");
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Requested-With": "fetch" },
    });
    const html = await answer.text();
    if (number === newest && (answer.ok || answer.status === 400)) preview.innerHTML = html;
  } catch {
    // Offline: the last dates stay; saving will say so.
  }
}

form.addEventListener("input", () => {
  showFields();
  clearTimeout(waiting);
  waiting = setTimeout(showDates, 300);
});
showFields();
if (!preview.querySelector("ol")) showDates();
