/* What came of a run: rows, Postgres's own words on wrong SQL, plans side by side, whether the data is the measured. */
import { count, digits, element, table } from "./dom.js";
import { pointed } from "./editor.js";
import { headline, node, shape, tree } from "./plan.js";

const NO_PLAN = "Run it, and its plan in this page will stand here, beside the captured one.";
const SAME = "The same plan as the captured one, node for node.", OTHER = "Another plan than the captured one.";

/** The answer's rows as a table, or how many were changed. */
export function answered({ columns, rows, rowCount }) {
  if (!columns.length) return element("p", {}, `Done: ${count(rowCount, "row")} changed.`);
  const all = `The answer: ${count(rowCount, "row")}`, some = `The first ${rows.length} of ${digits(rowCount)} rows of the answer`;
  const cells = rows.map((row) => row.map((cell) => (cell === null ? element("em", {}, "NULL") : cell)));
  return table(rows.length < rowCount ? some : all, columns, cells);
}

/** What Postgres says of `sql`, with a caret beneath the place. */
export function refused({ message, detail, hint, position, code }, sql) {
  const words = element("p", {}, element("strong", {}, `Postgres: ${message}`), ` (${code})`);
  const said = element("div", { class: "lab-refused", role: "alert" }, words);
  const where = pointed(sql, position);
  if (where) said.append(element("pre", { tabindex: "0", role: "group", "aria-label": "Where in the statement" }, where));
  for (const more of [detail, hint]) if (more) said.append(element("p", {}, more));
  return said;
}

/** The plan just explained, or what will stand there, beside the captured one of the same way; and whether they are the same. */
export function plans({ plan, title, steps, explained: which }, explained) {
  const root = explained && node(explained.Plan), of = steps.length > 1 ? `, statement ${which + 1}` : "";
  const captured = headline(`As captured (${title}${of}, ${digits(plan.rolls)} rolls)`, plan.root, plan.execution_ms);
  const here = root ? tree(headline(`Here${of}`, root, explained["Execution Time"]), root) : element("p", { class: "lab-none" }, NO_PLAN);
  const drawn = [element("div", {}, here), element("div", {}, tree(captured, plan.root))];
  return root ? [element("p", {}, shape(root) === shape(plan.root) ? SAME : OTHER), ...drawn] : drawn;
}

/** Whether the data is what was measured, in words that follow a statement of how it was made. */
export function proven(got, wanted) {
  if (!wanted) return "";
  if (!got) return "; a browser tells only under https, or on this machine, whether they are byte for byte those that were measured";
  const short = (hash) => `SHA-256 ${hash.slice(0, 12)}…`;
  if (got === wanted) return `, byte for byte those that were measured (${short(got)})`;
  return `; they are not those that were measured (${short(got)}, measured: ${short(wanted)})`;
}
