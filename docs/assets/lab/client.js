/* The worker that holds Postgres, seen from the page: one request at a time, each with a time limit. What is stopped is stopped
   with the worker, and its database goes with it. Spare ones wait with their code loaded, so that Postgres comes up anew where
   the network has gone: as often as there are spares, since a worker that was ended cannot be had back. */

const SPARES = 3; // a few MB each, beside the hundreds of a Postgres

/** Why there is no answer: ended by the reader, or by the limit. */
export class Stopped extends Error {
  isStop = true;
}

/** What Postgres, or the worker, would not do. `isSql`: it is Postgres who says so; `isRefusal`: nothing was begun. */
export class Fault extends Error {
  constructor({ message, ...more }) {
    super(message);
    Object.assign(this, more);
  }
}

/** What went wrong, in words without a full stop; browsers have their own for what did not come. */
export function reason({ name, message }, wantedMb) {
  if (name === "TypeError" && /fetch|load|import/i.test(message)) return "what it needs could not be fetched, as when the network is gone";
  if (name !== "RangeError" && !/out of memory|allocat/i.test(message)) return message;
  return `this browser did not give Postgres the memory it needs, about ${wantedMb} MB (${message}); close other pages first`;
}

export class Client {
  constructor(url) {
    this.url = url;
    this.worker = this.waiting = null;
    this.spares = []; // the last of them may still be reading
    this.last = 0;
  }

  /** Have `deed` done; resolve with what comes of it. `tell` hears of it on the way. It is stopped after `limitMs`, or when nothing
      was heard of it for `patienceMs`. */
  ask(deed, given = {}, { limitMs = 0, patienceMs = 0, tell = () => {} } = {}) {
    this.worker = this.worker || this.spares.shift() || this.started();
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const limit = limitMs && setTimeout(() => this.stop(`stopped after ${limitMs / 1000} s, the time limit`), limitMs);
      let patience = 0;
      const wait = () => {
        clearTimeout(patience);
        const isLate = () => this.end(new Fault({ message: `nothing came for ${patienceMs / 1000} s` }));
        if (patienceMs) patience = setTimeout(isLate, patienceMs);
      };
      const settle = (isDone, value) => {
        clearTimeout(limit);
        clearTimeout(patience);
        this.waiting = null;
        (isDone ? resolve : reject)(value);
      };
      this.waiting = { id, settle, tell: (told) => { wait(); tell(told); } };
      wait();
      this.worker.postMessage({ id, deed, given });
    });
  }

  /** Have spare workers read the code they will need, one after the other, until there are enough. */
  prepare(given) {
    if (this.spares.length >= SPARES) return;
    const spare = this.started();
    this.spares.push(spare);
    const heard = ({ data }) => {
      if (data.id !== 0) return;
      spare.removeEventListener("message", heard);
      if (data.fault) this.discard(spare);
      else if (this.spares.includes(spare)) this.prepare(given);
    };
    spare.addEventListener("message", heard);
    spare.postMessage({ id: 0, deed: "ready", given });
  }

  started() {
    const worker = new Worker(this.url, { type: "module" });
    worker.addEventListener("message", ({ data }) => { if (worker === this.worker) this.hear(data); });
    // It did not load, or ended by itself, as when it has no memory left.
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.discard(worker);
      const { message } = event;
      if (worker === this.worker) this.end(new Fault(message ? { message } : { name: "TypeError", message: "its code failed to fetch" }));
    });
    return worker;
  }

  hear({ id, told, done, fault }) {
    if (!this.waiting || this.waiting.id !== id) return;
    if (told) this.waiting.tell(told);
    else if (fault) this.waiting.settle(false, new Fault(fault));
    else this.waiting.settle(true, done);
  }

  /** End the worker, whatever it does. */
  stop(why = "stopped") {
    this.end(new Stopped(why));
  }

  end(reason) {
    if (this.worker) this.worker.terminate();
    this.worker = null;
    if (this.waiting) this.waiting.settle(false, reason);
  }

  /** End a spare worker, if it is one. */
  discard(worker) {
    if (!this.spares.includes(worker)) return;
    worker.terminate();
    this.spares = this.spares.filter((each) => each !== worker);
  }

  /** End all there is. */
  close(why = "closed") {
    for (const spare of this.spares) this.discard(spare);
    this.stop(why);
  }
}
