/* What was run here so far, beside what was captured: ratios, since times belong to their machine. */
import { count, digits, table, time } from "./dom.js";

const FINEST_MS = 2;

export class Compared {
  constructor({ ways, isChatty }) {
    this.ways = ways;
    this.isChatty = isChatty;
    this.runs = new Map();
  }

  clear() {
    this.runs.clear();
  }

  /** Note a run: {way, rolls, waitMs, isEdited, indexes, ms, times, statements, answer}. The same once more takes the place of the one before. */
  note(run) {
    const key = [run.way.name, run.rolls, run.waitMs, run.isEdited, ...run.indexes].join(" ");
    this.runs.delete(key);
    this.runs.set(key, run);
  }

  /** The wreck as it sank, run under the same conditions. */
  wreckOf({ rolls, waitMs }) {
    const [wreck] = this.ways;
    const asItSank = (run) => run.way === wreck && !run.isEdited && !run.indexes.length;
    return [...this.runs.values()].find((run) => asItSank(run) && run.rolls === rolls && run.waitMs === waitMs);
  }

  ratio(run) {
    const wreck = this.wreckOf(run);
    if (!wreck) return `run “${this.ways[0].title}” on it too`;
    return wreck === run ? "1" : `${digits(wreck.ms / run.ms)} times`;
  }

  /** The ratio in the evidence: of the same amount of data where that was measured, else of what the page tells. */
  measured({ way, rolls, waitMs, isEdited, indexes }) {
    const asCaptured = !isEdited && !waitMs && String([...indexes].sort()) === String([...way.indexes].sort());
    return asCaptured ? way.captured.find((each) => each.rolls === rolls) || way.captured[0] : undefined;
  }

  captured(run) {
    const { way, waitMs, isEdited, indexes } = run, isWays = String([...indexes].sort()) === String([...way.indexes].sort());
    if (isEdited || !isWays) return "–";
    if (way === this.ways[0]) return "1";
    const found = this.measured(run);
    if (waitMs) return "not measured so far away";
    const where = found && found.experiment !== "headline" ? `, ${found.experiment}` : "";
    return found ? `${found.text} (${digits(found.rolls)} rolls${where})` : "not measured";
  }

  /** Whether it answers what the wreck does. */
  alike(run) {
    const wreck = this.wreckOf(run);
    if (!wreck || wreck === run) return "–";
    return wreck.answer === run.answer ? "the wreck’s" : "another than the wreck’s";
  }

  /** The run's ratio beside the captured one in words, "" where there is none of either. */
  inWords(run) {
    const wreck = this.wreckOf(run);
    if (!wreck || wreck === run) return "";
    const found = this.measured(run);
    const beside = found ? `; as captured, ${found.text}, on ${digits(found.rolls)} rolls` : "";
    return ` ${this.ratio(run)} as fast as the wreck here${beside}.`;
  }

  /** All runs as a table, the latest first. */
  drawn() {
    const far = this.isChatty ? ["round trip added", "statements"] : [];
    const same = this.isChatty ? [] : ["answer"];
    const columns = ["statement", "rolls", "took", ...far, "times as fast as the wreck: here", "as captured", ...same];
    const rows = [...this.runs.values()].reverse().map((run) => [
      `${run.way.title}${run.isEdited ? ", edited" : ""}${run.indexes.length ? ` (${run.indexes.join(", ")})` : ""}`,
      digits(run.rolls), `${time(run.ms)}${run.times.length > 1 ? `, median of ${run.times.length}` : ""}`,
      ...(this.isChatty ? [run.waitMs ? `${run.waitMs} ms` : "none", count(run.statements, "statement")] : []),
      this.ratio(run), this.captured(run), ...(this.isChatty ? [] : [this.alike(run)]),
    ]);
    const isCoarse = [...this.runs.values()].some(({ ms }) => ms < FINEST_MS);
    const coarse = isCoarse ? ` Below ${FINEST_MS} ms a browser’s clock, which ticks every 0.1 ms or so, tells little.` : "";
    const said = "Your runs, the latest first. Here it is the statements alone that are timed; as captured, the whole page.";
    return table(said + coarse, columns, rows);
  }
}
