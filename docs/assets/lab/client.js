/* The worker that holds Postgres, seen from the page: one request at a time, each with a time limit. What is stopped is stopped
   with the worker, and its database goes with it. A spare one waits with its code loaded, so that Postgres comes up anew where
   the network has gone. */

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

  /** Whether there was no memory for it. */
  get isMemory() {
    return this.name === "RangeError" || /out of memory|allocat/i.test(this.message);
  }
}

export class Client {
  constructor(url) {
    this.url = url;
    this.worker = this.spare = this.waiting = null;
    this.last = 0;
  }

  /** Have `deed` done; resolve with what comes of it. `tell` hears of it on the way. It is stopped after `limitMs`, or when nothing
      was heard of it for `patienceMs`. */
  ask(deed, given = {}, { limitMs = 0, patienceMs = 0, tell = () => {} } = {}) {
    this.worker = this.worker || this.spare || this.started();
    if (this.worker === this.spare) this.spare = null;
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

  /** Have a spare worker read the code it will need. */
  prepare(given) {
    if (this.spare) return;
    this.spare = this.started();
    this.spare.postMessage({ id: 0, deed: "ready", given });
  }

  started() {
    const worker = new Worker(this.url, { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      if (worker === this.worker) this.hear(data);
      else if (worker === this.spare && data.fault) this.spareless();
    });
    // It did not load, or ended by itself, as when it has no memory left.
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker === this.spare) this.spareless();
      if (worker === this.worker) this.end(new Fault({ message: event.message || "the worker did not load" }));
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

  spareless() {
    if (this.spare) this.spare.terminate();
    this.spare = null;
  }

  /** End all there is. */
  close(why = "closed") {
    this.spareless();
    this.stop(why);
  }
}
