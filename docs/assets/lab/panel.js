/* The lab at work: what its form asks is done by the worker, and shown. Loaded on a click. */
import { answered, plans, proven, refused } from "./answer.js";
import { Client, Stopped, reason } from "./client.js";
import { Compared } from "./compared.js";
import { controls, showIndexes } from "./controls.js";
import { count, digits, element, median, styled, time } from "./dom.js";
import { isReading, stepsOf, textOf } from "./editor.js";
import { news, Progress } from "./progress.js";

const MOST_REPEATED_MS = 1_500; // what takes longer is not repeated
const PATIENCE_MS = 120_000; // without news: loading and making data tell how far they are
const labs = new WeakMap();

/** Open the lab where its button stands; one that was closed keeps what its reader wrote. Resolves when it can be used; rejects, and
    has left nothing behind, where Postgres does not start. `parts`: {end, status, closed(why)}; its `stop` is set to what `end` does. */
export async function open(place, doc, parts) {
  const lab = labs.get(place) || new Lab(place, doc, parts);
  labs.set(place, lab);
  parts.stop = () => lab.leave();
  await lab.open();
}

class Lab {
  constructor(place, doc, parts) {
    Object.assign(this, { place, doc, head: parts, engine: place.dataset.engine });
    this.client = new Client(new URL("worker.js", import.meta.url));
    this.compared = new Compared(doc);
    this.form = controls(doc);
    this.parts = this.form.parts;
    this.there = {};
    this.isBusy = this.isFilling = this.isOpen = false;
    this.kept = null; // what Postgres is started from, once it was loaded
    this.lay();
    const { run, reset, cancel, way, scale, sql } = this.parts;
    run.addEventListener("click", () => this.busy(() => this.run()));
    reset.addEventListener("click", () => this.busy(() => this.reset()));
    cancel.addEventListener("click", () => this.client.stop("stopped by you"));
    way.addEventListener("change", () => this.busy(() => this.choose()));
    scale.addEventListener("change", () => this.busy(() => this.refill()));
    sql.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.busy(() => this.run());
    });
    sql.value = textOf(this.way);
    // Whoever leaves the page wants its memory back.
    if (window.document$) window.document$.subscribe(() => place.isConnected || this.client.close("left"));
  }

  lay() {
    [this.answer, this.plans, this.runs] = ["answer", "plans", "runs"].map((name) => element("div", { class: `lab-${name}` }));
    // What is said stands beneath the buttons it answers. Numbers that run are to be seen only.
    this.said = element("p", { class: "lab-said", role: "status" });
    this.ticker = element("p", { class: "lab-ticker", "aria-hidden": "true" });
    this.shown = element("section", { class: "lab-shown", "aria-label": "What came of it" }, this.answer, this.runs, this.plans);
    this.room = element("div", { class: "lab-room" }, this.form.form, this.said, this.ticker, this.shown);
    this.empty();
    this.progress = new Progress((text) => { this.head.status.textContent = text; });
  }

  empty() {
    this.answer.replaceChildren(element("p", {}, "What Postgres answers will stand here."));
    this.runs.replaceChildren(element("p", {}, "And here your runs: how long each took, and how many times as fast as the wreck that is."));
  }

  get way() { return this.doc.ways.find(({ name }) => name === this.parts.way.value) || this.doc.ways[0]; }

  get scale() { return this.doc.scales.find(({ name }) => name === this.parts.scale.value) || this.doc.scales[0]; }

  get limitMs() { return 1_000 * this.parts.limit.value; }

  say(text) {
    this.said.textContent = text;
    this.ticker.textContent = "";
  }

  tell(told) {
    const heard = news(told);
    if (this.isOpen) this.ticker.textContent = `${heard.label}: ${heard.words}`;
    else this.progress.show(heard);
  }

  // --- its beginning and its end

  /** Show all of it at once, to be read while Postgres is on its way. */
  async open() {
    await styled(new URL("panel.css", import.meta.url).href);
    this.head.end.after(this.progress.whole);
    this.place.append(this.room);
    this.showPlans(null);
    this.showIndexes();
    this.setBusy(true);
    try {
      await this.begin();
    } catch (fault) {
      this.take();
      throw fault instanceof Stopped ? fault : new Error(this.reason(fault));
    }
    this.isOpen = true;
    this.place.dataset.state = "open";
    this.progress.whole.remove();
    this.head.end.textContent = "Close the lab and free its memory";
    this.setBusy(false);
    // The button beneath the reader's finger has changed its meaning.
    if ([this.head.end, document.body].includes(document.activeElement)) this.parts.way.focus({ preventScroll: true });
  }

  /** Start Postgres, from what is kept if it was loaded before, and make the data. */
  async begin() {
    const { engine, kept } = this, { files } = this.doc.engine;
    const heard = { patienceMs: PATIENCE_MS, tell: (told) => this.tell(told) };
    const opened = await this.client.ask("open", { engine, files, kept }, heard);
    Object.assign(this, opened);
    await this.fill();
    this.client.prepare({ engine });
  }

  leave() {
    if (this.isOpen) this.close("The lab is closed, and its memory free again. What you wrote is kept while this page is open.");
    else this.client.stop("cancelled");
  }

  close(why) {
    this.isOpen = false;
    this.take();
    this.head.closed(why);
  }

  /** Take it from the page. */
  take() {
    this.client.close();
    this.kept = null;
    this.progress.whole.remove();
    this.room.remove();
  }

  /** Make the data anew, with the indexes that the chosen way has. */
  async fill() {
    const { schema, keys, world, settings } = this.doc, { rolls, sha256 } = this.scale;
    this.isFilling = true;
    const given = { schema, keys, settings, world: { ...world, rolls } };
    const made = await this.client.ask("fill", given, { patienceMs: PATIENCE_MS, tell: (told) => this.tell(told) });
    await this.index(this.way.indexes);
    this.isFilling = false;
    const told = `${digits(made.rolls)} rolls were made in ${time(made.ms)} from seed ${world.seed}`;
    this.head.status.textContent = `Postgres ${this.version} is ready. ${told}${proven(made.sha256, sha256)}.`;
  }

  async refill() {
    this.say("Making the data …");
    await this.fill();
    this.say("The data was made anew.");
  }

  async reset() {
    this.parts.way.selectedIndex = this.parts.scale.selectedIndex = 0;
    this.parts.sql.value = textOf(this.way);
    this.compared.clear();
    this.empty();
    this.showPlans(null);
    this.say("Making everything anew …");
    await this.fill();
    this.say("Everything is as it began.");
  }

  // --- doing one thing at a time

  setBusy(isBusy) {
    this.isBusy = isBusy;
    // Not of what says how it goes: a screen reader waits with all that is within something busy.
    this.shown.setAttribute("aria-busy", isBusy);
    for (const name of ["way", "scale", "run", "reset"]) this.parts[name].disabled = isBusy;
    for (const box of this.parts.boxes.querySelectorAll("input")) box.disabled = isBusy;
    this.parts.cancel.disabled = !isBusy;
  }

  async busy(deed) {
    if (this.isBusy || !this.isOpen) return;
    const was = document.activeElement;
    this.setBusy(true);
    try {
      await deed();
    } catch (fault) {
      await this.failed(fault);
    }
    if (!this.isOpen) return;
    this.setBusy(false);
    // A control that was put out of use while it had the focus has lost it, or is about to.
    const at = document.activeElement, isLost = !at || at === document.body || at.disabled;
    if (!isLost || was === document.body) return;
    (was && was.isConnected && !was.disabled ? was : this.parts.run).focus({ preventScroll: true });
  }

  async failed(fault) {
    if (!this.place.isConnected || !this.isOpen) return; // its reader has left
    if (fault.isSql || fault.isRefusal) return this.refuse(fault);
    const why = this.why(fault);
    this.client.stop();
    if (this.isFilling) this.parts.scale.selectedIndex = 0; // it may have been too much
    this.answer.replaceChildren(element("p", {}, `No answer. ${why}.`));
    this.showPlans(null);
    this.say(`${why}. Postgres is started anew …`);
    try {
      await this.begin();
      this.say(`${why}. Postgres was started anew, with its data as it began.`);
    } catch (again) {
      if (this.isOpen) this.close(`${why}. Postgres did not start again after that: ${this.reason(again)}. What you wrote is kept.`);
    }
  }

  /** Why there is no answer, in words without a full stop. */
  why(fault) { return fault instanceof Stopped ? `It was ${fault.message}` : `It failed: ${this.reason(fault)}`; }
  reason(fault) { return reason(fault, this.place.dataset.memoryMb); }

  /** Show what Postgres says of wrong SQL, and where; or why it was not asked. */
  refuse(fault) {
    const { position, query, isSql, message } = fault, { sql } = this.parts;
    this.showPlans(null);
    if (!isSql) {
      this.answer.replaceChildren(element("p", {}, "No answer."));
      return this.say(`That statement was not run. ${message}`);
    }
    this.answer.replaceChildren(refused(fault, query || sql.value));
    this.say("Postgres did not take that statement.");
    // Postgres counts characters, a browser their halves too.
    const at = [...sql.value].slice(0, position - 1).join("").length;
    if (position && (!query || query === sql.value)) sql.setSelectionRange(at, at + 1);
  }

  // --- statements and indexes

  async choose() {
    this.parts.sql.value = textOf(this.way);
    this.showPlans(null);
    await this.index(this.way.indexes);
    const { indexes, title } = this.way;
    this.say(`${title}: ${indexes.length ? `with ${indexes.join(", ")}` : "without further indexes"}. Not run yet.`);
  }

  /** Have exactly these indexes. */
  async index(wanted) {
    const there = await this.client.ask("indexes");
    const dropped = Object.keys(there).filter((name) => !wanted.includes(name)).map((name) => `DROP INDEX "${name.replaceAll('"', '""')}"`);
    const made = this.doc.indexes.filter(({ name }) => wanted.includes(name) && !(name in there)).flatMap(({ statements }) => statements);
    if (dropped.length || made.length) await this.client.ask("change", { statements: [...dropped, ...made] }, { limitMs: PATIENCE_MS });
    await this.lookAtIndexes();
  }

  async lookAtIndexes() {
    this.there = await this.client.ask("indexes");
    this.showIndexes();
  }

  showIndexes() {
    showIndexes(this.form, this.there, (name, isWanted) => this.busy(async () => {
      const began = performance.now(), wanted = Object.keys(this.there).filter((each) => each !== name);
      await this.index(isWanted ? [...wanted, name] : wanted);
      this.say(`${name} was ${isWanted ? "made" : "dropped"} in ${time(performance.now() - began)}.`);
      const box = [...this.parts.boxes.querySelectorAll("input")].find(({ value }) => value === name);
      if (box) { box.disabled = false; box.focus({ preventScroll: true }); }
    }));
    if (this.isBusy) for (const box of this.parts.boxes.querySelectorAll("input")) box.disabled = true;
  }

  // --- a run

  async run() {
    const text = this.parts.sql.value, way = this.way, steps = stepsOf(text, way);
    if (!text.trim()) return this.say("There is no statement to run.");
    const reads = isReading(steps), wanted = reads ? Number(this.parts.repeats.value) : 1;
    const waitMs = this.doc.isChatty ? Number(this.parts.wait.value) : 0;
    const tell = ({ turn, statements }) => { this.ticker.textContent = `Turn ${turn}: ${count(statements, "statement")} …`; };
    const ask = (repeats) => this.client.ask("run", { steps, repeats, waitMs, isReading: reads }, { limitMs: this.limitMs, tell });
    this.say("Running …");
    let seen = await ask(1);
    if (wanted > 1 && seen.times[0] < MOST_REPEATED_MS) seen = await ask(wanted);
    const ms = median(seen.times);
    const { times, statements, answer } = seen, isEdited = text !== textOf(way), indexes = Object.keys(this.there);
    const run = { way, waitMs, rolls: this.scale.rolls, isEdited, indexes, ms, times, statements, answer };
    if (reads) this.compared.note(run);
    this.sayOf(run, seen, reads);
    this.answer.replaceChildren(answered(seen));
    if (reads) this.runs.replaceChildren(this.compared.drawn());
    const explained = reads && seen.first[steps.length === way.steps.length ? way.explained : 0];
    this.showPlans(explained ? await this.client.ask("explain", { sql: explained }, { limitMs: this.limitMs }) : null);
    await this.lookAtIndexes();
  }

  sayOf(run, { statements, rowCount }, reads) {
    const { ms, times, waitMs } = run;
    const turns = times.length > 1 ? `, the median of ${times.length}` : "";
    const far = waitMs ? ` ${time(statements * waitMs)} of it went by on the way to the database and back.` : "";
    const beside = reads ? this.compared.inWords(run) : "";
    this.say(`${time(ms)}${turns}; ${count(statements, "statement")}, ${count(rowCount, "row")}.${far}${beside}`);
  }

  /** The plan just explained beside the captured one of the same way. */
  showPlans(explained) {
    this.plans.replaceChildren(...plans(this.way, explained));
  }
}
