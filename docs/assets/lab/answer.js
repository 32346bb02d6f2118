/* What came of a run: rows, Postgres's own words on wrong SQL, plans side by side, whether the data is the measured. */
import { count, digits, element, table } from "./dom.js";
import { pointed } from "./editor.js";
import { headline, node, shape, tree } from "./plan.js";

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

/** The captured plan of a way, and before it the one just explained, if there is one. */
export function plans({ plan, title }, explained) {
  const drawn = [];
  if (explained) {
    const root = node(explained.Plan);
    const isSame = shape(root) === shape(plan.root);
    const alike = isSame ? "The same plan as the captured one, node for node." : "Another plan than the captured one.";
    drawn.push(element("div", {}, tree(headline("Here", root, explained["Execution Time"]), root), element("p", {}, alike)));
  }
  const captured = headline(`As captured (${title}, ${digits(plan.rolls)} rolls)`, plan.root, plan.execution_ms);
  drawn.push(element("div", {}, tree(captured, plan.root)));
  return drawn;
}

/** Whether the data is what was measured, in words that follow a statement of how it was made. */
export function proven(got, wanted) {
  if (!wanted) return "";
  if (!got) return "; a browser tells only under https, or on this machine, whether they are byte for byte those that were measured";
  const short = (hash) => `SHA-256 ${hash.slice(0, 12)}…`;
  if (got === wanted) return `, byte for byte those that were measured (${short(got)})`;
  return `; they are not those that were measured (${short(got)}, measured: ${short(wanted)})`;
}
