/** A statement in full, the plan that was kept of it, and the line of source that sent it. */

import { element, fold } from "./dom.js";
import { digits, ms, visible } from "./quantity.js";
import { normal } from "./spans.js";

const MISJUDGED = 10; // as the plan exhibit marks it

/** Show `statement` ({sql, key, times, took}) of `trace` in `place`. `context`: {evidence, linked, plans(): Promise of plans.json}. */
export function show(place, statement, trace, context) {
  const { sql, times, took, isKind } = statement;
  const which = isKind ? "without its parameters" : "one of them";
  const how = times > 1 ? `Sent ${digits(times)} times, ${ms(took)} in all, ${ms(took / times)} each; ${which}:` : `Sent once, ${ms(took)}:`;
  const plan = element("div", {}, element("p", {}, "Looking for its plan …"));
  place.append(element("div", { role: "group", "aria-label": "A statement" }, element("p", {}, how), code(sql), plan, sentBy(statement, trace, context)));
  context.plans()
    .then((plans) => plan.replaceChildren(...planOf(sql, trace, plans, context)))
    .catch((fault) => plan.replaceChildren(element("p", {}, `Its plan failed to load: ${fault.message}.`)));
}

function code(text) {
  return element("pre", { class: "linked-code", tabindex: "0", role: "group", "aria-label": "Its text" }, element("code", {}, text));
}

// --- its plan

function planOf(sql, { experiment, arm }, { plans }, { linked, evidence }) {
  const { scale } = linked.experiments[experiment];
  const kept = Object.hasOwn(plans, scale) ? plans[scale] : {};
  const wanted = normal(sql);
  const own = [arm, ...Object.keys(kept)].find((name) => Object.hasOwn(kept, name) && normal(kept[name].sql) === wanted);
  if (!own) return [element("p", {}, "No plan was kept of this statement: of each arm, the costliest one’s was.")];
  const { root, execution_ms: executed, planning_ms: planned } = kept[own];
  const where = new URL(`#plan-${scale}--${own}`, evidence).href;
  const said = own === arm ? "" : ` It is of the arm '${own}', which sends the same statement.`;
  const head = element("p", {}, `Its plan, taken apart from timed traffic with parameters of its own: executed in ${ms(executed)}, planned in `
    + `${ms(planned)}.${said} `, element("a", { href: where }, "All of the plan"));
  const most = Math.max(...nodesOf(root).map((node) => node.own_ms)) || 1;
  return [head, element("div", { class: "wreck-plan" }, element("ul", {}, nodeItem(root, most)))];
}

export const nodesOf = (node) => [node, ...node.children.flatMap(nodesOf)];

function nodeItem(node, most) {
  const named = `${node.node}${node.index ? ` using ${node.index}` : ""}${node.relation ? ` on ${node.relation}` : ""}`;
  const bar = element("span", { class: "wreck-plan-bar" });
  bar.style.width = `${((100 * node.own_ms) / most).toFixed(1)}%`;
  const head = element("div", { class: "wreck-plan-node" }, element("strong", {}, named), " ",
    element("span", { class: "wreck-plan-own" }, ms(node.own_ms)), " ", badge(node), bar);
  if (node.detail) head.append(element("code", { class: "wreck-plan-detail" }, node.detail));
  const item = element("li", {}, head);
  if (node.children.length) item.append(element("ul", {}, ...node.children.map((child) => nodeItem(child, most))));
  return item;
}

function badge({ rows_estimated: estimated, rows_actual: met, loops }) {
  const expected = estimated * Math.max(loops, 1);
  const [a, b] = [Math.max(expected, 1), Math.max(met, 1)];
  const off = Math.max(a / b, b / a);
  const said = `rows ${digits(expected)} → ${digits(met)}${off >= MISJUDGED ? `, ${digits(off)} times off` : ""}`;
  return element("span", { class: off >= MISJUDGED ? "wreck-badge wreck-badge-warn" : "wreck-badge" }, said);
}

// --- the line that sent it

function sentBy({ key }, { arm }, { linked }) {
  const known = Object.hasOwn(linked.senders, arm) && linked.senders[arm][key];
  if (!known) return element("p", {}, "The source does not tell which line sent it.");
  const [index, lit] = known;
  const { title, path, first, lines } = linked.code[index];
  const range = lit.length
    ? `line${lit.length > 1 ? "s" : ""} ${lit[0]}${lit.length > 1 ? `–${lit[lit.length - 1]}` : ""}`
    : "no one line can be told";
  const told = `Sent by ${path}, ${range}.`;
  const notes = ["Found by name: no span says which line sent a statement, but both name its tables."];
  if (linked.code_is_newer) notes.push("The source has changed since this run.");
  const rows = lines.map((text, i) => element("span", { class: lit.includes(first + i) ? "linked-source linked-lit" : "linked-source" },
    element("span", { class: "linked-number" }, String(first + i)), text,
    lit.includes(first + i) ? element("span", { class: "linked-unseen" }, " (sends it)") : "", "\n"));
  const source = element("pre", { class: "linked-code", tabindex: "0", role: "group", "aria-label": visible(title) }, element("code", {}, ...rows));
  const parts = [element("p", {}, told), ...elsewhere(path, lit, first, lines)];
  // Of a long function the line alone, the rest behind its words.
  if (lit.length && lines.length > 12) {
    const shown = lines.slice(lit[0] - first, lit[lit.length - 1] - first + 1);
    const indent = Math.min(...shown.map((line) => line.search(/\S|$/)));
    const note = element("p", { class: "linked-note" }, notes.join(" "));
    return element("div", {}, ...parts, code(shown.map((line) => line.slice(indent)).join("\n")), fold(`${title}, whole`, source), note);
  }
  return element("div", {}, ...parts, source, element("p", { class: "linked-note" }, notes.join(" ")));
}

/** A link to where this page shows these lines, where it does. */
function elsewhere(path, lit, first, lines) {
  const [from, to] = lit.length ? [lit[0], lit[lit.length - 1]] : [first, first + lines.length - 1];
  const shown = [...document.querySelectorAll("figure.wreck-ran")].find((figure) => {
    const found = /([\w./-]+), lines (\d+) to (\d+)/.exec(figure.querySelector("figcaption").textContent);
    return found && found[1].endsWith(`/${path}`) && Number(found[2]) <= from && to <= Number(found[3]);
  });
  if (!shown) return [];
  if (!shown.id) shown.id = `ran-${path.replace(/\W+/g, "-")}-${from}`;
  return [element("p", {}, element("a", { href: `#${shown.id}` }, "Where this page shows it"))];
}
