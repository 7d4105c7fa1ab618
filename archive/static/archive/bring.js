// Sends a ZIP in pieces, one after another; an interrupted one goes on (its address is kept in this
// browser under the file's name, size and date). A page with [data-again] looks again by itself.
import {csrf, formatSize, toast} from "../hub/hub.js";

const WAITS = [1000, 2000, 4000, 8000, 15000, 15000];

async function post(url, body) {
  return fetch(url, {method: "POST", body, headers: {"X-CSRFToken": csrf(), Accept: "application/json"}});
}

async function place(box, file) {
  const key = `old:${file.name}:${file.size}:${file.lastModified}`;
  const kept = JSON.parse(localStorage.getItem(key) || "null");
  if (kept) {
    const answer = await post(`${kept.pieces}?offset=${file.size}`, new Blob(["?"]));
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 409 && said.received < file.size) return {...kept, key, received: said.received};
    localStorage.removeItem(key);
  }
  const form = new FormData();
  form.set("name", file.name);
  form.set("size", String(file.size));
  const answer = await post(box.dataset.bring, form);
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.detail || box.dataset.problem);
  }
  const made = await answer.json();
  localStorage.setItem(key, JSON.stringify(made));
  return {...made, key, received: 0};
}

async function send(box, file) {
  const line = box.querySelector(".archive-sent");
  const bar = line.querySelector("progress");
  const words = line.querySelector("span");
  line.hidden = false;
  const at = await place(box, file);
  let tries = 0;
  while (at.received < file.size) {
    bar.value = (100 * at.received) / file.size;
    words.textContent = `${formatSize(at.received)} / ${formatSize(file.size)}`;
    try {
      const answer = await post(`${at.pieces}?offset=${at.received}`, file.slice(at.received, at.received + at.piece));
      const said = await answer.json();
      if (!answer.ok && answer.status !== 409) throw new Error(said.detail);
      at.received = said.received;
      tries = 0;
    } catch (error) {
      if (tries >= WAITS.length) throw error;
      await new Promise((done) => { setTimeout(done, WAITS[tries]); });
      tries += 1;
    }
  }
  localStorage.removeItem(at.key);
  location.assign(at.url);
}

document.querySelectorAll("[data-bring]").forEach((box) => {
  const input = box.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (!file) return;
    input.disabled = true;
    send(box, file).catch((error) => {
      toast(error.message || box.dataset.problem, "error");
      input.disabled = false;
      input.value = "";
    });
  });
});

const again = document.querySelector("[data-again]");
if (again) setTimeout(() => location.reload(), Number(again.dataset.again) * 1000);
