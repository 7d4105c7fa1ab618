/* The county's own deck for the month: sent in one request, refused with the server's sentence. */

import { csrf, formatSize, toast } from "../hub/hub.js";
import { _, fill } from "../hub/format.js";

const data = JSON.parse(document.getElementById("base-data").textContent);
const box = document.querySelector("[data-base]");
const input = document.getElementById("base");
const said = box.querySelector("[data-base-state]");

function objection(file) {
  const ending = file.name.toLowerCase().match(/\.[^.]+$/)?.[0] ?? "";
  if (!data.endings.includes(ending)) return fill(_("“%(name)s” cannot be taken here. Accepted are: %(endings)s."), { name: file.name, endings: data.endings.join(" ") });
  if (file.size > data.most) return fill(_("“%(name)s” is too large: at most %(size)s."), { name: file.name, size: formatSize(data.most) });
  return "";
}

async function send(file) {
  const problem = objection(file);
  if (problem) return toast(problem, "error", { seconds: 12 });
  said.textContent = _("It is being sent and inspected…");
  input.disabled = true;
  try {
    const response = await fetch(`/api/v1/base-deck?filename=${encodeURIComponent(file.name)}`, {
      method: "PUT",
      headers: { "X-CSRFToken": csrf(), "Content-Type": "application/octet-stream", Accept: "application/json" },
      body: file,
    });
    if (response.ok) return location.reload();
    const answer = await response.json().catch(() => ({}));
    toast(answer.detail ?? _("The server did not accept the file. Please try again."), "error", { seconds: 15 });
  } catch {
    toast(_("The connection was lost. Please send the file again."), "error");
  }
  said.textContent = "";
  input.disabled = false;
  input.value = "";
}

box.hidden = false;
input.addEventListener("change", () => input.files[0] && send(input.files[0]));
box.querySelector("[data-drop]").addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
});
