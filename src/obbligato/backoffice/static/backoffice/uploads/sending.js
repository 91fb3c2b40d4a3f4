// Sends many files, two at a time, and goes on after whatever broke off. It knows the store's addresses and no page.
import { Refused, ask, make, offsetOf, remove, send } from "./tus.js";

const AT_ONCE = 2;
const LONGEST_PAUSE_SECONDS = 15;
const SIGNED_OUT = new Set([401, 403]);
const NO_ROOM = 507;

const sameName = (path) => path.normalize("NFC");

export class Sending {
  // `addresses` may be a promise that begins the batch; `changed` is called after each step.
  constructor(addresses, changed) {
    this.addresses = addresses;
    this.changed = changed;
    this.rows = [];
    this.isPaused = false;
    this.problem = "";  // "", "away", "signed-out", or a sentence of the store.
    this.finding = false;
    this.running = 0;
    this.sleepers = new Set();
    window.addEventListener("online", () => this.wakeUp());
  }

  // Files to send; one that is there already, whole or in part, is found by path, size and time of its last change.
  async add(found) {
    const rows = found.map((one) => ({ ...one, state: "new", there: 0, sentence: "", abort: new AbortController() }));
    this.rows.push(...rows);
    this.finding = true;
    this.changed();
    try {
      await this.find(rows);
    } finally {
      this.finding = false;
    }
    this.changed();
    this.fill();
  }

  async find(rows) {
    const known = await this.patiently(async () => {
      const { known: address } = await this.addresses();
      return (await (await ask("GET", address)).json()).files;
    });
    const byPath = new Map(known.map((one) => [one.path, one]));
    for (const row of rows) {
      const one = byPath.get(sameName(row.path));
      const isSame = one && one.size === row.file.size && (one.modified === null || one.modified === row.file.lastModified);
      if (!isSame) continue;
      if (one.state === "coming") row.address = one.address;
      else if (one.state !== "refused" && one.state !== "taken") Object.assign(row, { state: "done", there: row.file.size });
    }
  }

  fill() {
    while (!this.isPaused && this.running < AT_ONCE) {
      const row = this.rows.find(({ state }) => state === "new");
      if (!row) break;
      this.running += 1;
      row.state = "sending";
      this.run(row).finally(() => {
        this.running -= 1;
        this.changed();
        this.fill();
      });
    }
    this.changed();
  }

  async run(row) {
    try {
      await this.patiently(() => this.sendOne(row));
      Object.assign(row, { state: "done", there: row.file.size, sentence: "" });
    } catch (error) {
      if (row.state === "cancelled") return;
      if (error.name === "AbortError") row.state = "new";  // Paused: it goes on where it was.
      else this.fail(row, error);
    }
  }

  fail(row, error) {
    if (!(error instanceof Refused)) {  // The file itself cannot be read any more.
      Object.assign(row, { state: "failed", sentence: String(error.message ?? error) });
    } else if (SIGNED_OUT.has(error.status) || error.status === NO_ROOM) {
      row.state = "new";
      this.problem = error.status === NO_ROOM ? error.message : "signed-out";
      this.pause();
    } else {
      Object.assign(row, { state: "failed", sentence: error.message || String(error.status) });
    }
  }

  async sendOne(row) {
    const { signal } = row.abort;
    row.address ??= await make((await this.addresses()).files, row, signal);
    row.there = await offsetOf(row.address, signal);
    while (row.there < row.file.size) {
      const tell = (bytes) => { row.shown = bytes; this.changed(); };
      row.there = await send(row.address, row.file, row.there, tell, signal);
      row.shown = undefined;
      this.problem = "";
      this.changed();
    }
  }

  // Again and again while the store cannot be reached, was somewhere else (409), or is taking from another tab (423).
  async patiently(act) {
    for (let pauseSeconds = 1; ; pauseSeconds = Math.min(2 * pauseSeconds, LONGEST_PAUSE_SECONDS)) {
      try {
        return await act();
      } catch (error) {
        const isPassing = error instanceof Refused && (error.status === 0 || error.status === 423 || error.status >= 500 && error.status !== NO_ROOM);
        const isElsewhere = error instanceof Refused && error.isOffset;
        if (!isPassing && !isElsewhere) throw error;
        if (error.status !== 423 && isPassing && !this.isPaused) this.problem = "away";
        this.changed();
        await this.sleep(pauseSeconds);
        if (this.isPaused) throw new DOMException("", "AbortError");
      }
    }
  }

  async sleep(seconds) {
    let sleeper;
    await new Promise((resolve) => {
      sleeper = resolve;
      this.sleepers.add(sleeper);
      setTimeout(resolve, seconds * 1000);
    });
    this.sleepers.delete(sleeper);
  }

  wakeUp() {
    for (const resolve of this.sleepers) resolve();
  }

  pause() {
    this.isPaused = true;
    if (this.problem === "away") this.problem = "";
    for (const row of this.rows) if (row.state === "sending") { row.abort.abort(); row.abort = new AbortController(); }
    this.wakeUp();
    this.changed();
  }

  goOn() {
    this.isPaused = false;
    this.problem = "";
    this.fill();
  }

  async cancel(rows = this.rows) {
    const wanted = rows.filter(({ state }) => state === "sending" || state === "new");
    for (const row of wanted) {
      row.state = "cancelled";
      row.abort.abort();
    }
    this.wakeUp();
    this.changed();
    for (const row of wanted) if (row.address) await remove(row.address).catch(() => {});
    this.rows = this.rows.filter(({ state }) => state !== "cancelled");
    this.changed();
  }
}
