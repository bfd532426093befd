// Evidence of study time. The page counts seconds in which it is visible and somebody reads, and claims them every 20 s;
// the server decides what a claim is worth. Claims wait in localStorage while there is no network.

const BEAT = 20; // seconds between claims
const IDLE = 90; // seconds without scroll, touch, key or pointer after which nobody reads
const JUMP = 2; // seconds one tick may count at most: a phone that slept wakes up with one long tick
const KEEP = 7 * 24 * 3600 * 1000; // the server takes claims of a tab this long
const BATCH = 200;

const panel = document.querySelector("[data-study]");
const csrf = document.querySelector('meta[name="csrf-token"]').content;
const prefix = `study.${panel.dataset.reader}.`;
const own = prefix + panel.dataset.tab.slice(-24);

let seq = 0;
let active = 0; // seconds read since the last claim
let lastTick = performance.now();
let lastSign = performance.now();
let flushing = false;
let trouble = ""; // the message to show instead of "counting"
let complete = JSON.parse(panel.dataset.evidence).lesson_complete;

/* ---- what is kept on the device: one entry per tab, {tab, at, end, beats: [[seq, seconds]]} ---- */

const memory = new Map(); // for browsers that keep nothing
function load(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return memory.get(key) ?? null; }
}
function save(key, entry) {
  try {
    if (entry) localStorage.setItem(key, JSON.stringify(entry)); else localStorage.removeItem(key);
  } catch {
    if (entry) memory.set(key, entry); else memory.delete(key);
  }
}
function keys() {
  let found = [...memory.keys()];
  try { found = found.concat(Object.keys(localStorage)); } catch { /* keeps nothing */ }
  return found.filter((key) => key.startsWith(prefix));
}
const entry = () => load(own) ?? { tab: panel.dataset.tab, at: Date.now(), end: false, beats: [] };

/* ---- counting ---- */

const playing = () => [...document.querySelectorAll("video, audio")].some((media) => !media.paused && !media.ended);
const reading = (now) => document.visibilityState === "visible" && (playing() || now - lastSign < IDLE * 1000);

function tick() {
  const now = performance.now();
  const counts = reading(now);
  if (counts) active += Math.min((now - lastTick) / 1000, JUMP);
  lastTick = now;
  show(counts);
  if (active >= BEAT) claim();
}

/** Turns the seconds read into a claim and sends what there is. */
function claim(leaving = false) {
  const seconds = Math.floor(active);
  if (seconds >= 1) {
    active -= seconds;
    seq += 1;
    const kept = entry();
    kept.beats.push([seq, seconds]);
    save(own, kept);
  }
  flush(leaving);
}

/* ---- sending ---- */

async function flush(leaving = false) {
  if (flushing && !leaving) return;
  flushing = true;
  try {
    for (const key of keys().sort((a, b) => (load(a)?.at ?? 0) - (load(b)?.at ?? 0))) {
      const kept = load(key);
      if (!kept || Date.now() - kept.at > KEEP) save(key, null);
      else if (!(await send(key, kept, leaving))) break;
    }
  } finally {
    flushing = false;
  }
}

/** Sends one tab's claims. False when it is no use to go on now. */
async function send(key, kept, leaving) {
  const beats = kept.beats.slice(0, BATCH);
  if (!beats.length && !kept.end) return forget(key, beats, false);
  let answer, said;
  try {
    answer = await post({ tab: kept.tab, beats, end: kept.end }, leaving);
    said = await answer.json();
  } catch {
    trouble = panel.dataset.offline;
    return false;
  }
  if (answer.status === 401 || answer.status >= 500 || answer.status === 429) {
    trouble = answer.status === 401 ? panel.dataset.signIn : panel.dataset.offline;
    return false;
  }
  if (said.code === "stale_form" || said.code === "clock_moved") {
    trouble = said.code === "stale_form" ? panel.dataset.reopen : "";
    return false;
  }
  trouble = !answer.ok && key === own ? panel.dataset.reopen : "";
  if (answer.ok && key === own) stand(said);
  return forget(key, beats, kept.end);
}

const post = (body, leaving) => fetch(panel.dataset.url, {
  method: "POST",
  credentials: "same-origin",
  keepalive: leaving,
  headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
  body: JSON.stringify(body),
});

/** Drops what was sent; what came in meanwhile stays. */
function forget(key, beats, end) {
  const kept = load(key);
  if (kept) {
    const sent = new Set(beats.map(([number]) => number));
    kept.beats = kept.beats.filter(([number]) => !sent.has(number));
    if (end) kept.end = false;
    save(key, kept.beats.length || kept.end ? kept : null);
  }
  return true;
}

/* ---- what the page shows ---- */

const part = (name) => document.querySelector(`[data-${name}]`);

function show(counts) {
  const status = part("status");
  const text = trouble || (complete ? panel.dataset.complete : counts ? panel.dataset.counting : panel.dataset.paused);
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle("rose-text", Boolean(trouble));
}

function stand(evidence) {
  complete = evidence.lesson_complete;
  part("time-bar").value = Math.min(evidence.seconds, part("time-bar").max);
  part("minutes").textContent = Math.floor(evidence.seconds / 60);
  met("time", evidence.seconds >= evidence.needed_seconds);
  met("end", evidence.read_to_end);
  if (part("passed")) part("passed").textContent = evidence.checks_passed;
  met("checks", evidence.checks_passed === evidence.checks_total);
  part("done").hidden = !complete;
  part("course-done").hidden = !evidence.course_complete;
  part("next").classList.toggle("quiet", !complete);
}

function met(need, yes) {
  document.querySelector(`[data-need="${need}"]`)?.classList.toggle("met", yes);
}

/* ---- events ---- */

const sign = () => { lastSign = performance.now(); };
for (const name of ["scroll", "touchstart", "touchmove", "pointerdown", "pointermove", "keydown", "wheel"]) {
  addEventListener(name, sign, { passive: true });
}

const text = document.querySelector("[data-lesson-text]");
const bar = part("read-bar");
function showReading() {
  const box = text.getBoundingClientRect();
  bar.value = Math.max(0, Math.min(100, (100 * (innerHeight - box.top)) / box.height));
}
addEventListener("scroll", showReading, { passive: true });

if (!JSON.parse(panel.dataset.evidence).read_to_end) {
  const end = new IntersectionObserver((seen) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    end.disconnect();
    const kept = entry();
    kept.end = true;
    save(own, kept);
    flush();
  });
  end.observe(part("end"));
}

addEventListener("visibilitychange", () => {
  lastTick = performance.now();
  if (document.visibilityState === "visible") { sign(); flush(); } else claim(true);
});
addEventListener("pagehide", () => claim(true));
addEventListener("online", () => flush());
document.body.addEventListener("lesson-evidence", (event) => stand(event.detail));

setInterval(tick, 1000);
showReading();
post({ tab: panel.dataset.tab, beats: [], end: false }, false) // notes that the lesson was opened
  .then((answer) => answer.json())
  .catch(() => {})
  .then(() => flush());
