/* The lab at work: what its form asks is done by the worker, and shown. Loaded on a click. */
import { Client, Fault, Stopped } from "./client.js";
import { Compared } from "./compared.js";
import { controls, showIndexes } from "./controls.js";
import { count, digits, element, median, table, time } from "./dom.js";
import { isReading, pointed, stepsOf, textOf } from "./editor.js";
import { headline, node, shape, tree } from "./plan.js";

const MOST_REPEATED_MS = 4_000; // what takes longer is not repeated
const OPENING_MS = 180_000;

/** Open the lab where its button stands. Resolves when it can be used; rejects where Postgres does not start. */
export async function open(place, doc, { engine, button, status }) {
  const lab = new Lab(place, doc, engine, status);
  try {
    await Promise.all([lab.begin(), styled()]);
  } catch (fault) {
    lab.client.stop();
    lab.progress.remove();
    throw fault;
  }
  // Whoever leaves the page wants its memory back.
  if (window.document$) window.document$.subscribe(() => place.isConnected || lab.client.stop());
  button.remove();
  lab.show();
}

/** What an open lab looks like: a style sheet of its own. */
function styled() {
  const sheet = element("link", { rel: "stylesheet", href: new URL("panel.css", import.meta.url).href });
  return new Promise((resolve, reject) => {
    sheet.onload = resolve;
    sheet.onerror = () => reject(new Error("its style sheet did not load"));
    document.head.append(sheet);
  });
}

class Lab {
  constructor(place, doc, engine, status) {
    Object.assign(this, { place, doc, engine, status });
    this.client = new Client(new URL("worker.js", import.meta.url));
    this.compared = new Compared(doc);
    this.form = controls(doc);
    this.parts = this.form.parts;
    this.there = {};
    this.isBusy = false;
    // Beside the status, which is read out: numbers that run are to be seen only.
    this.progress = element("p", { class: "lab-progress", "aria-hidden": "true" });
    status.after(this.progress);
    [this.answer, this.plans, this.runs] = ["answer", "plans", "runs"].map((name) => element("div", { class: `lab-${name}` }));
    for (const [name, deed] of Object.entries({ run: () => this.run(), reset: () => this.reset() })) {
      this.parts[name].addEventListener("click", () => this.busy(deed));
    }
    this.parts.cancel.addEventListener("click", () => this.client.stop("stopped by you"));
    this.parts.way.addEventListener("change", () => this.busy(() => this.choose()));
    this.parts.scale.addEventListener("change", () => this.busy(() => this.fill()));
    this.parts.sql.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.busy(() => this.run());
    });
    this.parts.sql.value = textOf(this.way);
  }

  get way() { return this.doc.ways.find(({ name }) => name === this.parts.way.value) || this.doc.ways[0]; }

  get scale() { return this.doc.scales.find(({ name }) => name === this.parts.scale.value) || this.doc.scales[0]; }

  get limitMs() { return 1_000 * this.parts.limit.value; }

  say(text) {
    this.status.textContent = text;
    this.progress.textContent = "";
  }

  tick(text) {
    this.progress.textContent = text;
  }

  // --- its beginning, and whenever its worker had to be ended

  async begin() {
    const { engine: { files }, settings } = this.doc;
    const tell = ({ loaded }) => this.tick(`Loading Postgres: ${Math.round(100 * loaded)} % …`);
    const { version } = await this.client.ask("open", { engine: this.engine, files, settings }, { limitMs: OPENING_MS, tell });
    this.version = version;
    await this.fill();
  }

  show() {
    this.place.querySelector(".lab-without").remove();
    // What is said stands beneath the buttons it answers.
    this.place.append(this.form.form, this.status, this.progress, this.runs, this.answer, this.plans);
    this.place.dataset.state = "open";
    this.showPlans(null);
    this.parts.way.focus({ preventScroll: true });
    this.setBusy(false);
  }

  /** Make the data anew, with the indexes that the chosen way has. */
  async fill() {
    const { schema, keys, world } = this.doc, { rolls, sha256 } = this.scale;
    const tell = ({ rolls: made }) => this.tick(`Making the data: ${digits(made)} of ${digits(rolls)} rolls …`);
    const made = await this.client.ask("fill", { schema, keys, world: { ...world, rolls } }, { limitMs: OPENING_MS, tell });
    await this.index(this.way.indexes);
    const told = `${digits(made.rolls)} rolls were made in ${time(made.ms)} from seed ${world.seed}`;
    this.say(`Postgres ${this.version} is ready. ${told}${proven(made.sha256, sha256)}.`);
  }

  async reset() {
    this.parts.way.selectedIndex = this.parts.scale.selectedIndex = 0;
    this.parts.sql.value = textOf(this.way);
    this.compared.clear();
    for (const part of [this.answer, this.runs]) part.replaceChildren();
    this.showPlans(null);
    await this.fill();
  }

  // --- doing one thing at a time

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.place.setAttribute("aria-busy", isBusy);
    for (const name of ["way", "scale", "run", "reset"]) this.parts[name].disabled = isBusy;
    for (const box of this.parts.boxes.querySelectorAll("input")) box.disabled = isBusy;
    this.parts.cancel.disabled = !isBusy;
  }

  async busy(deed) {
    if (this.isBusy) return;
    const { activeElement } = document;
    this.setBusy(true);
    try {
      await deed();
    } catch (fault) {
      await this.failed(fault);
    }
    this.setBusy(false);
    // A control that was put out of use while it had the focus has lost it.
    const isLost = activeElement && activeElement.isConnected && document.activeElement === document.body;
    if (isLost) activeElement.focus({ preventScroll: true });
  }

  async failed(fault) {
    if (!this.place.isConnected) return; // its reader has left
    if (fault instanceof Fault && fault.isSql) {
      this.refused(fault);
      return;
    }
    const why = fault instanceof Stopped ? `It was ${fault.message}` : `It failed: ${fault.message}`;
    this.client.stop();
    this.answer.replaceChildren(element("p", {}, `No answer. ${why}.`));
    try {
      await this.begin();
      this.say(`${why}. Postgres was started anew, with its data as it began.`);
    } catch (again) {
      this.say(`${why}. And Postgres does not start again: ${again.message}. Reload the page.`);
    }
  }

  /** Show what Postgres says of wrong SQL, and where. */
  refused({ message, detail, hint, position, code, query }) {
    const words = element("p", {}, element("strong", {}, `Postgres: ${message}`), ` (${code})`);
    const said = element("div", { class: "lab-refused", role: "alert" }, words);
    const where = pointed(query || this.parts.sql.value, position);
    if (where) said.append(element("pre", { tabindex: "0" }, where));
    for (const more of [detail, hint]) if (more) said.append(element("p", {}, more));
    this.answer.replaceChildren(said);
    this.say("Postgres did not take that statement.");
    if (position && (!query || query === this.parts.sql.value)) this.parts.sql.setSelectionRange(position - 1, position);
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
    if (dropped.length || made.length) await this.client.ask("change", { statements: [...dropped, ...made] }, { limitMs: OPENING_MS });
    await this.lookAtIndexes();
  }

  async lookAtIndexes() {
    this.there = await this.client.ask("indexes");
    showIndexes(this.form, this.there, (name, isWanted) => this.busy(async () => {
      const began = performance.now(), wanted = Object.keys(this.there).filter((each) => each !== name);
      await this.index(isWanted ? [...wanted, name] : wanted);
      this.say(`${name} was ${isWanted ? "made" : "dropped"} in ${time(performance.now() - began)}.`);
      const box = [...this.parts.boxes.querySelectorAll("input")].find(({ value }) => value === name);
      if (box) { box.disabled = false; box.focus({ preventScroll: true }); }
    }));
  }

  // --- a run

  async run() {
    const text = this.parts.sql.value, way = this.way, steps = stepsOf(text, way);
    if (!text.trim()) return this.say("There is no statement to run.");
    const reads = isReading(steps), wanted = reads ? Number(this.parts.repeats.value) : 1;
    const waitMs = this.doc.isChatty ? Number(this.parts.wait.value) : 0;
    const tell = ({ turn, statements }) => this.tick(`Running, turn ${turn}: ${count(statements, "statement")} …`);
    const ask = (repeats) => this.client.ask("run", { steps, repeats, waitMs }, { limitMs: this.limitMs, tell });
    let seen = await ask(1);
    if (wanted > 1 && seen.times[0] < MOST_REPEATED_MS) seen = await ask(wanted);
    const ms = median(seen.times);
    const turns = seen.times.length > 1 ? `, the median of ${seen.times.length}` : "";
    this.say(`${time(ms)}${turns}; ${count(seen.statements, "statement")}, ${count(seen.rowCount, "row")}.`);
    this.showAnswer(seen);
    const explained = reads && seen.first[steps.length === way.steps.length ? way.explained : 0];
    this.showPlans(explained ? await this.client.ask("explain", { sql: explained }, { limitMs: this.limitMs }) : null);
    await this.lookAtIndexes();
    if (!reads) return;
    const under = { way, waitMs, rolls: this.scale.rolls, isEdited: text !== textOf(way), indexes: Object.keys(this.there) };
    this.compared.note({ ...under, ms, times: seen.times, statements: seen.statements, answer: seen.answer });
    this.runs.replaceChildren(this.compared.drawn());
  }

  showAnswer({ columns, rows, rowCount }) {
    if (!columns.length) {
      this.answer.replaceChildren(element("p", {}, `Done: ${count(rowCount, "row")} changed.`));
      return;
    }
    const all = `The answer: ${count(rowCount, "row")}`, some = `The first ${rows.length} of ${digits(rowCount)} rows of the answer`;
    const cells = rows.map((row) => row.map((cell) => (cell === null ? element("em", {}, "NULL") : cell)));
    this.answer.replaceChildren(table(rows.length < rowCount ? some : all, columns, cells));
  }

  /** The plan just explained beside the captured one of the same way. */
  showPlans(explained) {
    const { plan, title } = this.way, drawn = [];
    if (explained) {
      const root = node(explained.Plan);
      const isSame = shape(root) === shape(plan.root);
      const alike = isSame ? "The same plan as the captured one, node for node." : "Another plan than the captured one.";
      drawn.push(element("div", {}, tree(headline("Here", root, explained["Execution Time"]), root), element("p", {}, alike)));
    }
    const captured = headline(`As captured, ${title}, ${digits(plan.rolls)} rolls`, plan.root, plan.execution_ms);
    drawn.push(element("div", {}, tree(captured, plan.root)));
    this.plans.replaceChildren(...drawn);
  }
}

/** Whether the data is what was measured, in words that follow a statement of how it was made. */
function proven(got, wanted) {
  if (!wanted) return "";
  if (!got) return "; a browser tells only under https, or on this machine, whether they are byte for byte those that were measured";
  const short = (hash) => `SHA-256 ${hash.slice(0, 12)}…`;
  if (got === wanted) return `, byte for byte those that were measured (${short(got)})`;
  return `; they are not those that were measured (${short(got)}, measured: ${short(wanted)})`;
}
