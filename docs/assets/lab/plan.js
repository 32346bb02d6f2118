/* What the planner chose, as a tree: one that was just explained, or one from the evidence. Both have the same nodes and the same
   measure, blocks looked at, since without a clock at every node that is what a plan tells of itself everywhere. */
import { digits, element, time } from "./dom.js";

const MISJUDGED = 10;
const DETAILS = [
  "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "Group Key", "Sort Key", "One-Time Filter", "Cache Key",
];
const AGGREGATES = { Hashed: "HashAggregate", Sorted: "GroupAggregate", Mixed: "MixedAggregate" };

/** A node of EXPLAIN's JSON as the evidence writes it: rows over all loops, blocks without the children's. */
export function node(raw) {
  const below = raw.Plans || [], loops = raw["Actual Loops"] || 0;
  const own = (key) => Math.max(0, (raw[key] || 0) - below.reduce((sum, child) => sum + (child[key] || 0), 0));
  const removed = Object.entries(raw).reduce((sum, [key, value]) => sum + (key.startsWith("Rows Removed by") ? value * loops : 0), 0);
  return {
    node: named(raw), relation: raw["Relation Name"] || raw["CTE Name"] || null, index: raw["Index Name"] || null,
    detail: DETAILS.filter((key) => key in raw).map((key) => `${key}: ${[raw[key]].flat().join(", ")}`).join("; ") || null,
    rows_estimated: raw["Plan Rows"] || 0, rows_actual: (raw["Actual Rows"] || 0) * loops, rows_removed: removed, loops,
    blocks_hit: own("Shared Hit Blocks"), blocks_read: own("Shared Read Blocks"),
    temp_blocks: own("Temp Read Blocks") + own("Temp Written Blocks"),
    children: below.map(node),
  };
}

function named(raw) {
  const name = raw["Node Type"], join = raw["Join Type"];
  if (name === "Aggregate") return AGGREGATES[raw.Strategy] || name;
  return join && join !== "Inner" && /(Join|Loop)$/.test(name) ? `${name} (${join})` : name;
}

const blocks = ({ blocks_hit, blocks_read }) => blocks_hit + blocks_read;

function* walk(root) {
  yield root;
  for (const child of root.children) yield* walk(child);
}

/** A plan's tree without its numbers: equal shapes are the same plan. */
export const shape = (root) => JSON.stringify(bare(root));

const bare = ({ node, relation, index, children }) => [node, relation, index, children.map(bare)];

/** A plan as a list within lists, in a box that scrolls where it is deep. `said` stands above it. */
export function tree(said, root) {
  const most = Math.max(1, ...[...walk(root)].map(blocks));
  return element("section", { class: "wreck-plan", tabindex: "0", "aria-label": said },
    element("p", { class: "exhibit-subtitle", role: "heading", "aria-level": 3 }, said), list([root], most));
}

/** Nodes as a list; said to be one, since a list without bullets is none to some screen readers. */
const list = (nodes, most) => element("ul", { role: "list" }, ...nodes.map((each) => item(each, most)));

function item(each, most) {
  const label = each.node + (each.index ? ` using ${each.index}` : "") + (each.relation ? ` on ${each.relation}` : "");
  const bar = element("span", { class: "wreck-plan-bar" });
  bar.style.width = `${(100 * blocks(each)) / most}%`;
  const said = badges(each).flatMap((badge) => [badge, " "]);
  const drawn = element("div", { class: "wreck-plan-node" }, element("strong", {}, label), " ", ...said, bar);
  if (each.detail) drawn.append(element("code", { class: "wreck-plan-detail" }, each.detail));
  const whole = element("li", {}, drawn);
  if (each.children.length) whole.append(list(each.children, most));
  return whole;
}

function badges(each) {
  const expected = each.rows_estimated * Math.max(each.loops, 1);
  const wanted = Math.max(expected, 1), met = Math.max(each.rows_actual, 1), off = Math.max(wanted / met, met / wanted);
  const rows = `rows ${digits(expected)} → ${digits(each.rows_actual)}`;
  const said = [off >= MISJUDGED ? badge(`${rows}, ${digits(off)} times off`, true) : badge(rows)];
  if (blocks(each)) said.push(badge(`${digits(blocks(each))} blocks`));
  if (each.loops > 1) said.push(badge(`${digits(each.loops)} loops`));
  if (each.loops === 0) said.push(badge("never run"));
  if (each.rows_removed > 0) said.push(badge(`${digits(each.rows_removed)} rows thrown away`));
  if (each.temp_blocks > 0) said.push(badge(`${digits(each.temp_blocks)} blocks spilt to disk`));
  return said;
}

const badge = (text, isWarning = false) => element("span", { class: isWarning ? "wreck-badge wreck-badge-warn" : "wreck-badge" }, text);

/** What stands above a plan: whose it is, how long it took, what it looked at. */
export function headline(whose, root, executionMs) {
  const all = [...walk(root)].reduce((sum, each) => sum + blocks(each), 0);
  return `${whose}: ${time(executionMs)}, ${digits(all)} blocks looked at`;
}
