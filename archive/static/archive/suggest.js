// Suggestions under the search field: a list box of its own, asked for with each pause of 80 ms. Without
// this script the field is a plain form.
import {isComposing} from "../hub/ime.js";

const PAUSE = 80;

function attach(box) {
  const input = box.querySelector("input[type=search]");
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.label);
  list.hidden = true;
  box.append(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) input.setAttribute(name, value);

  let timer = 0;
  let asked = 0;
  let current = -1;

  function close() {
    list.hidden = true;
    current = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(index) {
    const rows = [...list.children];
    current = (index + rows.length + 1) % (rows.length + 1);
    rows.forEach((row, n) => row.setAttribute("aria-selected", String(n === current)));
    if (rows[current]) {
      input.setAttribute("aria-activedescendant", rows[current].id);
      rows[current].scrollIntoView({block: "nearest"});
    } else input.removeAttribute("aria-activedescendant");
  }

  function show(rows) {
    list.replaceChildren(...rows.map((row, n) => {
      const item = document.createElement("li");
      item.id = `suggestion-${n}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.url = row.url;
      item.addEventListener("pointerdown", (event) => event.preventDefault());
      item.addEventListener("click", () => location.assign(row.url));
      const text = document.createElement("span");
      text.className = "truncate";
      text.textContent = row.text;
      const note = document.createElement("span");
      note.className = "muted small truncate";
      note.textContent = row.note;
      item.append(text, note);
      return item;
    }));
    current = -1;
    list.hidden = rows.length === 0;
    input.setAttribute("aria-expanded", String(rows.length > 0));
  }

  async function ask() {
    const text = input.value.trim();
    const turn = ++asked;
    if (!text) return close();
    try {
      const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(text)}`, {headers: {Accept: "application/json"}});
      if (!answer.ok) return close();
      const {suggestions} = await answer.json();
      if (turn === asked && document.activeElement === input) show(suggestions);
    } catch {
      close();
    }
  }

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!isComposing(event)) timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("compositionend", () => { timer = setTimeout(ask, PAUSE); });
  input.addEventListener("keydown", (event) => {
    if (isComposing(event) || list.hidden) return;
    if (event.key === "ArrowDown") choose(current + 1);
    else if (event.key === "ArrowUp") choose(current - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && list.children[current]) location.assign(list.children[current].dataset.url);
    else return;
    event.preventDefault();
  });
  box.addEventListener("focusout", (event) => { if (!box.contains(event.relatedTarget)) setTimeout(close, 150); });
}

document.querySelectorAll("[data-suggest]").forEach(attach);
