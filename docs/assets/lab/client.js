/* The worker that holds Postgres, seen from the page: one request at a time, each with a time limit. What is stopped is stopped
   with the worker, and its database goes with it. */

/** Why there is no answer: ended by the reader, or by the limit. */
export class Stopped extends Error {}

/** What Postgres, or the worker, would not do. `isSql`: it is Postgres who says so. */
export class Fault extends Error {
  constructor({ message, ...more }) {
    super(message);
    Object.assign(this, more);
  }
}

export class Client {
  constructor(url) {
    this.url = url;
    this.worker = this.waiting = null;
    this.last = 0;
  }

  /** Have `deed` done; resolve with what comes of it. `tell` hears of it on the way; with `limitMs` it is stopped after that. */
  ask(deed, given = {}, { limitMs = 0, tell = () => {} } = {}) {
    this.worker = this.worker || this.started();
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const timer = limitMs && setTimeout(() => this.stop(`stopped after ${limitMs / 1000} s, the time limit`), limitMs);
      const settle = (isDone, value) => {
        clearTimeout(timer);
        this.waiting = null;
        (isDone ? resolve : reject)(value);
      };
      this.waiting = { id, tell, settle };
      this.worker.postMessage({ id, deed, given });
    });
  }

  started() {
    const worker = new Worker(this.url, { type: "module" });
    worker.addEventListener("message", ({ data }) => this.hear(data));
    // It did not load, or ended by itself, as when it has no memory left.
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.end(new Fault({ message: event.message || "the worker did not load" }));
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
}
