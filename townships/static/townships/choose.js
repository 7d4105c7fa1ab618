// One box that chooses all of a list: data-choose names the boxes.
for (const form of document.querySelectorAll("[data-choose]")) {
  const all = form.querySelector("[data-all]");
  const boxes = [...form.querySelectorAll(`input[name="${form.dataset.choose || "invitation"}"]`)];
  const settle = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  all?.closest("[data-script]")?.removeAttribute("hidden");
  all?.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
  if (all) for (const box of boxes) box.addEventListener("change", settle);
}
