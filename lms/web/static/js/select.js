// A list with tick boxes: one box ticks the page, the button says how many are chosen.
for (const form of document.querySelectorAll("form[data-select]")) {
  const boxes = [...form.querySelectorAll("input[type=checkbox][name]")];
  const label = form.querySelector("[data-select-all]");
  const all = label.querySelector("input");
  const count = form.querySelector("[data-select-count]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    count.textContent = chosen ? ` ${chosen}` : "";
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  label.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", show);
  show();
}
