/* How far the opening of a lab is: a bar and its words, beside the button that cancels it. Said aloud only now and then. */
import { digits, element, megabytes } from "./dom.js";

const SAID_EVERY_MS = 10_000;

/** What the worker tells on its way, as {label, done (0 to 1), words}. */
export function news({ loaded, of, isStarting, rolls }) {
  if (isStarting) return { label: "Starting Postgres", done: 1, words: "starting Postgres …" };
  if (rolls !== undefined) return { label: "Making the data", done: rolls / of, words: `${digits(rolls)} of ${digits(of)} rolls made` };
  return { label: "Loading Postgres", done: loaded / of, words: `${megabytes(loaded)} of ${megabytes(of)} MB` };
}

export class Progress {
  /** `say` is told what a screen reader is to say. */
  constructor(say) {
    this.say = say;
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "Loading Postgres" });
    this.words = element("span", { "aria-hidden": "true" });
    this.whole = element("div", { class: "lab-progress" }, this.bar, this.words);
    this.saidAt = performance.now();
    this.label = "";
  }

  show({ label, done, words }) {
    this.bar.value = Math.min(1, done);
    this.words.textContent = words;
    const now = performance.now();
    if (label !== this.label) {
      this.bar.setAttribute("aria-label", label);
      this.say(`${label} …`);
    } else if (now - this.saidAt > SAID_EVERY_MS) {
      this.say(`${label}: ${words}`);
    } else {
      return;
    }
    this.label = label;
    this.saidAt = now;
  }
}
