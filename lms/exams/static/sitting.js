// The sitting page: draws the paper, writes every change into the journal on the device first, then to the server.

import { openStore } from "./store.js";
import { ask, csrf, Refusal, Sender, ServerClock } from "./wire.js";
import { keepLoadable } from "./offline.js";
import { PaperView } from "./paper.js";

const root = document.getElementById("sitting");
const { sitting, url, paper, header, display } = root.dataset;
const texts = JSON.parse(document.getElementById("texts").textContent);
const say = (name, values = {}, of = "") => (texts[`${name}.${of}`] ?? texts[name]).replace(/\{(\w+)\}/g, (_all, key) => values[key]);
const gap = document.documentElement.lang.startsWith("zh") ? "" : " ";
const part = (name) => root.querySelector(`[data-part="${name}"]`);

const store = await openStore();
const state = { answers: new Map(), record: null, clock: null, sender: null, over: false, ended: false };
let view;

// --- who writes: this browser, under a token and a device number

async function claim(former) {
  const answer = await ask(`${url}/device`, { method: "POST", headers: csrf(), body: { from: former?.device || 0 } });
  const journal = await store.journal(sitting);
  const last = journal.reduce((most, entry) => Math.max(most, entry.seq), 0);
  const record = {
    sitting,
    device: answer.device,
    token: answer.token,
    offset: answer.now - Date.now(),
    deadline: answer.deadline,
    baseline: answer.answers,
    claimSeq: last,
    // What another device wrote meanwhile is newer than what this one had not sent.
    dropBefore: answer.carry ? former.dropBefore : last,
  };
  await store.keep(record);
  return record;
}

async function restore(record) {
  const confirmed = new Set((await store.receipts(sitting)).map((one) => one.seq));
  const unsent = [];
  state.answers = new Map(
    Object.entries(record.baseline).map(([position, [choice, marked]]) => [Number(position), { choice, marked }]),
  );
  for (const entry of await store.journal(sitting)) {
    const mine = entry.seq > record.claimSeq;
    const carried = entry.seq > record.dropBefore && !confirmed.has(entry.seq);
    if (!mine && !carried) continue;
    state.answers.set(entry.position, { choice: entry.choice, marked: entry.marked });
    if (!confirmed.has(entry.seq)) unsent.push(entry);
  }
  return unsent;
}

async function begin(record) {
  state.record = record;
  state.clock = new ServerClock(record);
  if (state.sender) state.sender.stopped = true;
  state.sender = new Sender({ store, record, url, header, clock: state.clock, tell: heard });
  for (const entry of await restore(record)) state.sender.waiting.set(entry.seq, entry);
}

// --- changes

async function change(position, choice, marked) {
  if (state.over || state.sender.stopped) return;
  state.answers.set(position, { choice, marked });
  view.show(position);
  const entry = { sitting, position, choice, marked, at: Date.now() };
  try {
    entry.seq = await store.append(entry);
  } catch {
    // The device is full: the answer goes to the server alone, under a number the journal can no longer give.
    entry.seq = Math.floor(state.clock.now());
  }
  state.sender.add(entry);
}

function heard(what, detail) {
  const line = part("saved");
  const answered = [...state.answers.values()].filter((answer) => answer.choice).length;
  line.dataset.state = what;
  if (what === "saved") {
    line.textContent = detail ? say("saved", { count: answered, seq: detail.seq, receipt: detail.receipt.slice(0, 6) }) : say("ready");
  } else if (what === "saving") {
    line.textContent = say("saving");
  } else if (what === "offline") {
    line.textContent = say("offline", { count: detail });
  } else if (what === "superseded") {
    stop("superseded", { count: state.sender.waiting.size });
  } else if (what === "signin") {
    claimAgain();
  } else if (what === "closed") {
    finish();
  } else {
    stop("failed", { why: detail.message });
  }
}

// The token belongs to an earlier sign-in: the same browser signs in again and goes on with what it has.
async function claimAgain() {
  try {
    await begin(await claim(state.record));
    state.sender.now();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) stop("signin", {});
    else if (error instanceof Refusal && error.code === "submitted") leave();
    else if (error instanceof Refusal && error.code === "stale_form") location.reload();
    else setTimeout(claimAgain, 3000);
  }
}

function stop(what, values) {
  if (state.sender) state.sender.stopped = true;
  view?.lock();
  part("notice").hidden = false;
  part("notice-text").textContent = say(what, values);
  part("take-over").hidden = what !== "superseded";
  part("sign-in").hidden = what !== "signin";
}

part("take-over").addEventListener("click", async () => {
  try {
    await claim({ ...state.record, device: -1 });
    location.reload();
  } catch (error) {
    part("notice-text").textContent = error instanceof Refusal ? error.message : say("unreachable");
  }
});

// --- time

const SPOKEN = [600, 300, 60];
let spoken = Infinity;

function tick() {
  const left = Math.max(0, Math.ceil((state.clock.deadline - state.clock.now()) / 1000));
  const [h, m, s] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  part("clock").textContent = [h, m, s].map((number) => String(number).padStart(2, "0")).join(":");
  part("clock").classList.toggle("late", left <= 300);
  for (const mark of SPOKEN) {
    if (left <= mark && spoken > mark && left > 0) part("spoken").textContent = say("left", { minutes: Math.ceil(left / 60) });
  }
  spoken = left;
  if (left === 0 && !state.over) timeOver();
  if (!state.ended) setTimeout(tick, 500);
}

function timeOver() {
  state.over = true;
  view.lock();
  part("notice").hidden = false;
  part("notice-text").textContent = say("over");
  finish();
}

async function synchronise() {
  if (!state.sender.stopped && !state.ended && document.visibilityState === "visible") {
    try {
      const began = performance.now();
      const answer = await ask(`${url}/clock`, { headers: state.sender.headers });
      state.clock.set(answer.now + (performance.now() - began) / 2, answer.deadline);
      await store.keep({ ...state.record, offset: state.clock.offset, deadline: answer.deadline });
    } catch (error) {
      if (error instanceof Refusal && error.code === "superseded") heard("superseded", error);
      if (error instanceof Refusal && error.code === "submitted") leave();
    }
  }
  setTimeout(synchronise, 60000);
}

// --- handing in

const leave = () => location.replace(`${url}/handed-in`);

async function finish() {
  if (state.ended) return;
  state.over = true;
  await state.sender.now();
  try {
    await ask(`${url}/submit`, { method: "POST", headers: state.sender.headers, body: {} });
    state.ended = true;
    leave();
  } catch (error) {
    if (error instanceof Refusal && error.code === "superseded") return stop("superseded", { count: state.sender.waiting.size });
    if (error instanceof Refusal && error.code === "token_invalid") return claimAgain();
    setTimeout(finish, 3000);
  }
}

async function handIn() {
  const button = part("hand-in");
  button.setAttribute("aria-disabled", "true");
  await state.sender.now();
  if (state.sender.waiting.size && !state.sender.stopped) {
    part("review-note").textContent = say("unsent", { count: state.sender.waiting.size });
    button.removeAttribute("aria-disabled");
    return;
  }
  try {
    await ask(`${url}/submit`, { method: "POST", headers: state.sender.headers, body: {} });
    state.ended = true;
    leave();
  } catch (error) {
    part("review-note").textContent = error instanceof Refusal ? error.message : say("unreachable");
    button.removeAttribute("aria-disabled");
  }
}

part("hand-in").addEventListener("click", handIn);

// --- beginning

async function main() {
  const items = (await ask(paper)).items;
  try {
    await begin((await store.record(sitting)) || (await claim(null)));
  } catch (error) {
    if (error instanceof Refusal && error.code === "submitted") return leave();
    throw error;
  }
  view = new PaperView({ root, items, display, say, answers: () => state.answers, change });
  view.draw();
  part("loading").hidden = true;
  part("body").hidden = false;
  if (!store.durable) part("fragile").hidden = false;
  tick();
  heard("saved", null);
  state.sender.now();
  synchronise();
  keepLoadable(paper);
}

main().catch((error) => {
  part("loading").textContent = error instanceof Refusal ? `${error.message}${gap}${error.todo}` : say("unreachable");
});
