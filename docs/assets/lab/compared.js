/* What was run here so far, beside what was captured: ratios, since times belong to their machine. */
import { digits, table, time } from "./dom.js";

const FINEST_MS = 2;

const hasItsIndexes = ({ way, indexes }) => String([...indexes].sort()) === String([...way.indexes].sort());

/** What is to be said of a run's indexes: nothing, where they are those of its way. */
function otherIndexes(run) {
  if (hasItsIndexes(run)) return "";
  return run.indexes.length ? ` (with ${run.indexes.join(", ")})` : " (without its indexes)";
}

export class Compared {
  constructor({ ways, isChatty }) {
    this.ways = ways;
    this.isChatty = isChatty;
    this.runs = new Map();
  }

  clear() {
    this.runs.clear();
  }

  /** Note a run: {way, rolls, waitMs, isEdited, indexes, ms, times, statements, answer}. The same once more replaces the one before. */
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
  measured(run) {
    const { way, rolls, waitMs, isEdited } = run;
    return !isEdited && !waitMs && hasItsIndexes(run) ? way.captured.find((each) => each.rolls === rolls) || way.captured[0] : undefined;
  }

  captured(run) {
    const { way, waitMs, isEdited } = run;
    if (isEdited || !hasItsIndexes(run)) return "–";
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
    const columns = ["ran", "took", "here", "captured", ...(this.isChatty ? ["statements", "round trip"] : ["answer"]), "rolls"];
    const rows = [...this.runs.values()].reverse().map((run) => [
      `${run.way.title}${run.isEdited ? ", edited" : ""}${otherIndexes(run)}`,
      `${time(run.ms)}${run.times.length > 1 ? `, median of ${run.times.length}` : ""}`, this.ratio(run), this.captured(run),
      ...(this.isChatty ? [digits(run.statements), run.waitMs ? `${run.waitMs} ms` : "none added"] : [this.alike(run)]), digits(run.rolls),
    ]);
    const isCoarse = [...this.runs.values()].some(({ ms }) => ms < FINEST_MS);
    const coarse = isCoarse ? ` Below ${FINEST_MS} ms a browser’s clock, which ticks every 0.1 ms or so, tells little.` : "";
    const said = "Your runs, the latest first, and how many times as fast as the wreck: here the statements, captured the whole page.";
    return table(said + coarse, columns, rows);
  }
}
