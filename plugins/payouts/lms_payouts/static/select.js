// Payments with tick boxes: one box ticks the page; how many are chosen and what they add up to is said at once.
const written = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2 });
for (const form of document.querySelectorAll("form[data-select]")) {
  const boxes = [...form.querySelectorAll("input[type=checkbox][data-fen]")];
  const label = form.querySelector("[data-select-all]");
  const all = label.querySelector("input");
  const said = form.querySelector("[data-select-said]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked);
    const fen = chosen.reduce((sum, box) => sum + Number(box.dataset.fen), 0);
    said.textContent = chosen.length
      ? said.dataset.some.replace("{count}", chosen.length).replace("{sum}", written.format(fen / 100))
      : said.dataset.none;
    all.checked = chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  };
  label.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  form.addEventListener("change", show);
  show();
}
