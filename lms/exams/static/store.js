// What the device keeps: an append-only journal of answers, the server's receipts for them, and, for each sitting, the
// token and device number this browser writes with. Without IndexedDB (some private windows) memory has to do.

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("lms-exam", 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("journal", { keyPath: "seq", autoIncrement: true }).createIndex("sitting", "sitting");
      db.createObjectStore("receipts", { keyPath: "seq" }).createIndex("sitting", "sitting");
      db.createObjectStore("sittings", { keyPath: "sitting" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });
}

class Durable {
  durable = true;

  constructor(db) {
    this.db = db;
  }

  // A write is done when its transaction is: only then is the answer on the device.
  #write(name, act) {
    return new Promise((resolve, reject) => {
      const transaction = this.db.transaction(name, "readwrite", { durability: "strict" });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      act(transaction.objectStore(name), (value) => { result = value; });
    });
  }

  append(entry) {
    return this.#write("journal", (store, done) => {
      store.add(entry).onsuccess = (event) => done(event.target.result);
    });
  }

  acknowledge(sitting, receipts) {
    return this.#write("receipts", (store) => receipts.forEach((one) => store.put({ ...one, sitting })));
  }

  journal(sitting) {
    return asked(this.db.transaction("journal").objectStore("journal").index("sitting").getAll(sitting));
  }

  receipts(sitting) {
    return asked(this.db.transaction("receipts").objectStore("receipts").index("sitting").getAll(sitting));
  }

  record(sitting) {
    return asked(this.db.transaction("sittings").objectStore("sittings").get(sitting));
  }

  keep(record) {
    return this.#write("sittings", (store) => store.put(record));
  }

  // After handing in nothing of a sitting stays on the device.
  async forget(sitting) {
    for (const name of ["journal", "receipts"]) {
      await this.#write(name, (store) => {
        store.index("sitting").openCursor(sitting).onsuccess = (event) => {
          const cursor = event.target.result;
          if (cursor) {
            cursor.delete();
            cursor.continue();
          }
        };
      });
    }
    await this.#write("sittings", (store) => store.delete(sitting));
  }
}

class Memory {
  durable = false;
  entries = [];
  received = [];
  records = new Map();

  async append(entry) {
    const seq = this.entries.length + 1;
    this.entries.push({ ...entry, seq });
    return seq;
  }
  async acknowledge(sitting, receipts) { this.received.push(...receipts.map((one) => ({ ...one, sitting }))); }
  async journal(sitting) { return this.entries.filter((entry) => entry.sitting === sitting); }
  async receipts(sitting) { return this.received.filter((one) => one.sitting === sitting); }
  async record(sitting) { return this.records.get(sitting); }
  async keep(record) { this.records.set(record.sitting, record); }
  async forget(sitting) { this.records.delete(sitting); }
}

export async function openStore() {
  try {
    return new Durable(await opened());
  } catch {
    return new Memory();
  }
}
