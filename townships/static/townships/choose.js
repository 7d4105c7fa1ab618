// "All on this page" for lists whose rows can be chosen.
for (const form of document.querySelectorAll("[data-choose]")) {
  const all = form.querySelector("[data-all]");
  const boxes = [...form.querySelectorAll("input[name=invitation]")];
  const settle = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  all?.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
  if (all) for (const box of boxes) box.addEventListener("change", settle);
}
