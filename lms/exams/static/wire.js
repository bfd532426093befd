// Talking to the server about one sitting: sending answers in batches with patience, keeping the server's clock.

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20000;
const BATCH = 50;
const PATIENCE = 15000;

export class Refusal extends Error {
  constructor(status, body) {
    super(body.what || `HTTP ${status}`);
    this.status = status;
    this.code = body.code || "";
    this.todo = body.todo || "";
  }
}

// Ask for JSON. Throws a Refusal for an answer that is none, anything else where the network is the trouble.
export async function ask(url, { method = "GET", headers = {}, body } = {}) {
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), PATIENCE);
  try {
    const response = await fetch(url, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
      signal: cut.signal,
      cache: "no-store",
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    throw new Refusal(response.status, answer);
  } finally {
    clearTimeout(timer);
  }
}

export const csrf = () => ({ "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content });

// The server's time on this device, steady even when somebody sets the device's clock.
export class ServerClock {
  constructor(record) {
    this.wall = Date.now() + (record.offset || 0);
    this.mono = performance.now();
    this.deadline = record.deadline;
  }

  set(now, deadline) {
    this.wall = now;
    this.mono = performance.now();
    this.deadline = deadline;
  }

  now() {
    return this.wall + performance.now() - this.mono;
  }

  get offset() {
    return Math.round(this.now() - Date.now());
  }
}

// Sends what the journal holds and the server has not confirmed. `tell(state, detail)` hears: saved, saving, offline,
// superseded, closed, signin, failed.
export class Sender {
  constructor({ store, record, url, header, clock, tell }) {
    Object.assign(this, { store, record, url, header, clock, tell });
    this.waiting = new Map();
    this.pause = FIRST_PAUSE;
    this.timer = 0;
    this.running = null;
    this.stopped = false;
    this.last = null;
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => this.now());
  }

  get headers() {
    return { [this.header]: this.record.token };
  }

  add(entry) {
    this.waiting.set(entry.seq, entry);
    this.now();
  }

  now() {
    clearTimeout(this.timer);
    this.running ||= this.#run().finally(() => { this.running = null; });
    return this.running;
  }

  async #run() {
    while (this.waiting.size && !this.stopped) {
      const batch = [...this.waiting.values()].sort((a, b) => a.seq - b.seq).slice(0, BATCH);
      this.tell("saving", this.waiting.size);
      try {
        await this.#send(batch);
        this.pause = FIRST_PAUSE;
      } catch (error) {
        if (!this.#recoverable(error)) return;
        this.tell("offline", this.waiting.size);
        this.timer = setTimeout(() => this.now(), this.pause * (0.7 + 0.6 * Math.random()));
        this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
        return;
      }
    }
    if (!this.stopped) this.tell("saved", this.last);
  }

  async #send(batch) {
    const entries = batch.map(({ seq, position, choice, marked }) => ({ seq, position, choice, marked }));
    const began = performance.now();
    const answer = await ask(`${this.url}/answers`, {
      method: "POST",
      headers: this.headers,
      body: { device: this.record.device, entries },
    });
    await this.store.acknowledge(this.record.sitting, answer.receipts);
    for (const one of answer.receipts) this.waiting.delete(one.seq);
    this.last = answer.receipts.at(-1);
    this.clock.set(answer.now + (performance.now() - began) / 2, answer.deadline);
  }

  // A refusal that trying again cannot mend stops the sender and is told; the rest is bad luck.
  #recoverable(error) {
    if (!(error instanceof Refusal) || error.status >= 500 || error.status === 429) return true;
    this.stopped = true;
    const states = { superseded: "superseded", submitted: "closed", time_over: "closed", token_invalid: "signin" };
    this.tell(states[error.code] || "failed", error);
    return false;
  }
}
