// What every page does beyond plain HTML; without it everything still works.

// htmx sends the CSRF token of the page.
document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

// A page that was open for long may have lost its sign-in: it asks before it sends a form, so that nothing typed is lost.
const LONG = 5 * 60 * 1000;
const signedOut = document.querySelector("[data-signed-out]");
let known = Date.now();
async function askAndSend(form, submitter) {
  const answer = await fetch(signedOut.dataset.signedOut).then((state) => state.json()).catch(() => null);
  if (answer && answer.person !== signedOut.dataset.person) {
    form.before(signedOut);
    signedOut.hidden = false;
    signedOut.focus();
    return;
  }
  if (answer && form.elements.csrf_token) form.elements.csrf_token.value = answer.csrf;
  known = Date.now();
  signedOut.hidden = true;
  form.requestSubmit(submitter);
}

// A second click while a form is on its way is ignored; a form that answers with a download wakes up again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (signedOut && Date.now() - known > LONG) {
    event.preventDefault();
    askAndSend(form, event.submitter);
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(() => wake(form), 4000);
});
function wake(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('[aria-disabled="true"]')) button.removeAttribute("aria-disabled");
}
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(wake));

// The desk's menu on a phone: focus goes in when it opens, Escape closes it.
const side = document.getElementById("menu");
if (side) {
  addEventListener("hashchange", () => location.hash === "#menu" && side.focus());
  side.addEventListener("keydown", (event) => event.key === "Escape" && (location.hash = "#main"));
}

// A table that is too wide or too crowded for a phone is shown row by row, each cell with the name of its column.
const CROWDED = 110; // px: a row of more than four lines
const phone = matchMedia("(max-width: 719px)");
function fit() {
  for (const box of document.querySelectorAll(".table-box")) {
    const table = box.firstElementChild;
    table.classList.remove("stacked");
    const crowded = [...table.rows].some((row) => row.offsetHeight > CROWDED);
    if (!phone.matches || (box.scrollWidth <= box.clientWidth + 1 && !crowded)) continue;
    name(table);
    table.classList.add("stacked");
  }
}
function name(table) {
  const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  table.setAttribute("role", "table");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    for (const cell of row.cells) {
      cell.setAttribute("role", cell.tagName === "TH" ? "columnheader" : "cell");
      if (cell.tagName === "TD") cell.dataset.label = heads[cell.cellIndex];
      cell.toggleAttribute("data-empty", !cell.textContent.trim() && !cell.querySelector("input, button, svg, img"));
    }
  }
}
fit();
phone.addEventListener("change", fit);
document.addEventListener("toggle", fit, true);

// Controls that filter at once: <select data-autosubmit>.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
});

// Reading aloud, one paragraph at a time so that it can be stopped.
const reader = document.querySelector("[data-read-aloud]");
if (reader && "speechSynthesis" in window) {
  const start = reader.textContent;
  const chosen = () => [...document.querySelectorAll("main :is(h1,h2,h3,p,li,dt,dd,figcaption,legend,label)")]
    .filter((part) => part.offsetParent && !part.querySelector("p,li,dt,dd") && part.innerText.trim());
  const stop = () => {
    speechSynthesis.cancel();
    reader.textContent = start;
    reader.setAttribute("aria-pressed", "false");
  };
  reader.hidden = false;
  reader.addEventListener("click", () => {
    if (reader.getAttribute("aria-pressed") === "true") return stop();
    reader.setAttribute("aria-pressed", "true");
    reader.textContent = reader.dataset.stop;
    const parts = chosen();
    parts.forEach((part, index) => {
      const words = new SpeechSynthesisUtterance(part.innerText);
      words.lang = part.closest("[lang]").lang; // lessons and items are in Chinese on English pages too
      words.rate = 0.9;
      if (index === parts.length - 1) words.onend = stop;
      speechSynthesis.speak(words);
    });
    if (!parts.length) stop();
  });
  addEventListener("pagehide", () => speechSynthesis.cancel());
}
