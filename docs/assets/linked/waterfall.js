/** One request as a waterfall, or two on one scale, the faster above: strips of who had each moment, then step by step, each
    statement to be opened. What repeats stands folded in one line. */

import { button, element, fold as folding, shape, table } from "./dom.js";
import { change, digits, ms, share, visible } from "./quantity.js";
import { childrenOf, collapsed, criticalMs, criticalPath, flattened, fold, senderKey, sqlAsSent, templateOf } from "./spans.js";

const STRIP_PX = 24;
const BAR_PX = 14;
const BESIDE = 0.01; // less of the time off the critical path than this is rounding

/** Draw traces, [{id, label, spans}], the fastest first. `context`: {ident, layers: [{name, hatch}], titles, open(place, statement, trace)}. */
export function draw(traces, context) {
  const names = context.layers.map(({ name }) => name);
  const told = traces.map((trace) => ({
    ...trace,
    whole: Math.max(...trace.spans.map(({ end }) => end)),
    steps: fold(trace.spans, names, context.titles),
    flat: flattened(trace.spans, names),
    path: criticalPath(trace.spans),
  })).sort((a, b) => a.whole - b.whole);
  const end = Math.max(...told.map(({ whole }) => whole)) || 1;
  const key = layerKey(told.flatMap(({ flat }) => flat.map(([layer]) => layer)), context);
  const parts = [element("p", { class: "linked-told" }, summary(told)), key, ...strips(told, end, context)];
  if (told.length === 2) parts.push(sideBySide(told, context));
  parts.push(...told.map((trace) => waterfall(trace, end, context, told.length > 1)));
  return element("div", { class: "linked-traces" }, ...parts);
}

const asked = ({ spans }) => spans.filter(({ layer, sql }) => layer === "sqlalchemy" && sql);
const many = (count, noun) => `${digits(count)} ${noun}${count === 1 ? "" : "s"}`;

function summary(told) {
  const [first, second] = told;
  if (!second) return `${ms(first.whole)} in ${many(first.spans.length, "span")}, among them ${many(asked(first).length, "statement")}.`;
  const [fast, slow] = told.map((trace) => asked(trace).map(({ sql }) => collapsed(sql)));
  const times = `${ms(first.whole)} above, ${ms(second.whole)} below, ${digits(second.whole / first.whole)} times as long`;
  if (JSON.stringify(fast) === JSON.stringify(slow)) return `${times}: the same ${many(fast.length, "statement")} in the same order.`;
  return `${times}: ${many(fast.length, "statement")} and ${digits(slow.length)}, not the same ones.`;
}

// --- colours, and what tells layers apart without them

const patternId = ({ ident }, layer) => `${ident}-linked-${layer}`;
const fill = (context, layer) => (context.layers.find(({ name }) => name === layer).hatch ? `url(#${patternId(context, layer)})` : `var(--wreck-${layer})`);

/** What the bars are filled with, once a panel. */
export function patterns(context) {
  const drawn = context.layers.filter(({ hatch }) => hatch).map(({ name, hatch }) => shape(
    "pattern", { id: patternId(context, name), width: 6, height: 6, patternUnits: "userSpaceOnUse" },
    shape("rect", { width: 6, height: 6, fill: `var(--wreck-${name})` }),
    shape("path", { d: hatch, stroke: "var(--wreck-paper)", "stroke-opacity": 0.6, fill: "none" }),
  ));
  return shape("svg", { class: "linked-patterns", width: 0, height: 0, "aria-hidden": "true" }, shape("defs", {}, ...drawn));
}

/** The key to layers of which there are bars. */
export function layerKey(names, context) {
  const present = new Set(names);
  const items = context.layers.filter(({ name }) => present.has(name)).map(({ name }) => element("li", {}, swatch(context, name), ` ${context.titles[name]}`));
  return element("ul", { class: "exhibit-legend", "aria-label": "Layers" }, ...items);
}

function swatch(context, layer) {
  return shape("svg", { width: 22, height: 12, "aria-hidden": "true" }, shape("rect", { width: 22, height: 12, fill: fill(context, layer) }));
}

/** Bars of [layer, start, length] on one line; places in percent of `end`. */
export function bars(parts, end, tall, context) {
  return parts.filter(([, , length]) => length > 0).map(([layer, start, length]) => shape(
    "rect", { x: percent(start / end), width: percent(length / end), height: tall, fill: fill(context, layer) },
  ));
}

const percent = (part) => `${(100 * part).toFixed(3)}%`;

// --- who had each moment

function strips(told, end, context) {
  const rows = told.flatMap((trace) => {
    const name = `${trace.label}: ${ms(trace.whole)}, of it ${spread(trace.flat, context)}`;
    const strip = shape("svg", { class: "linked-strip", width: "100%", height: STRIP_PX, role: "img", "aria-label": visible(name) });
    strip.append(...bars(trace.flat, end, STRIP_PX, context));
    return [element("p", { class: "linked-name" }, element("span", {}, trace.label), element("span", {}, ms(trace.whole))), strip];
  });
  return [element("div", { class: "linked-strips" }, ...rows, axis(end))];
}

/** Time by layer, the most first, in words. */
function spread(flat, { titles }) {
  const sums = new Map();
  for (const [layer, , length] of flat) sums.set(layer, (sums.get(layer) || 0) + length);
  const most = [...sums].sort(([, a], [, b]) => b - a).filter(([, sum], i) => i < 4 && sum > 0);
  return most.map(([layer, sum]) => `${titles[layer]} ${ms(sum)}`).join(", ");
}

function axis(end) {
  const rough = end / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((each) => each >= rough * (1 - 1e-9));
  const drawn = shape("svg", { class: "linked-axis", width: "100%", height: 22, "aria-hidden": "true" });
  for (let at = 0; at <= end * (1 + 1e-9); at += step) {
    const anchor = at === 0 ? "start" : at / end > 0.93 ? "end" : "middle";
    drawn.append(shape("line", { x1: percent(at / end), x2: percent(at / end), y2: 5 }));
    drawn.append(shape("text", { x: percent(at / end), y: 18, "text-anchor": anchor }, ms(at)));
  }
  return drawn;
}

// --- two, statement by statement

function sideBySide([fast, slow], context) {
  const sent = ({ text, layer }) => text && layer !== "postgres";
  const [above, below] = [fast, slow].map(({ steps }) => named(steps.filter(sent), context));
  const rows = [...new Set([...above.keys(), ...below.keys()])].map((name) => {
    const [a, b] = [above.get(name), below.get(name)];
    const times = [a, b].map((step) => (step ? ms(step.took) : "–"));
    return [name, ...times, a && b ? change(b.took - a.took) : "–"];
  });
  return table("Statements of both, in the order they were sent", ["statement", "above", "below", "difference"], rows);
}

/** Steps by name, those of one name told apart by their number. */
function named(steps, { titles }) {
  const seen = new Map();
  const usual = `${titles.sqlalchemy}: `;
  for (const step of steps) {
    const plain = step.name.startsWith(usual) ? step.name.slice(usual.length) : step.name;
    let name = plain;
    for (let n = 2; seen.has(name); n += 1) name = `${plain}, ${n}`;
    seen.set(name, step);
  }
  return seen;
}

// --- step by step

function waterfall(trace, end, context, isOneOfTwo) {
  const title = `Step by step: ${trace.label}`;
  const isMarked = besideMs(trace) > BESIDE * trace.whole;
  const list = element("ol", { class: "linked-steps" }, ...trace.steps.map((step, i) => line(step, i, trace, end, context, isMarked)));
  const body = [element("p", {}, critical(trace, isMarked, context)), list, axis(end), everySpan(trace, context)];
  if (!isOneOfTwo) return element("div", { role: "group", "aria-label": visible(title) }, element("p", { class: "exhibit-subtitle" }, title), ...body);
  return folding(title, ...body);
}

function besideMs({ spans, path, steps }) {
  const own = steps.reduce((sum, step) => sum + (step.layers ? step.layers.reduce((all, [, part]) => all + part, 0) : step.own), 0);
  const children = childrenOf(spans);
  return own - criticalMs(children(""), path, spans);
}

function critical(trace, isMarked, context) {
  if (isMarked) {
    return `${share(besideMs(trace) / trace.whole)} of its time ran beside something slower. A line beneath a bar marks what lay on the `
      + "critical path: only that is saved when it gets quicker.";
  }
  return `Critical path: nothing ran beside anything else, so all ${ms(trace.whole)} lie on it, most in ${spread(trace.flat, context).split(", ")[0]}. `
    + "Whatever is saved anywhere here, its sender waits so much less.";
}

function line(step, index, trace, end, context, isMarked) {
  const words = [element("span", { class: "linked-step-name" }, step.name), element("span", {}, ms(step.took))];
  const place = element("div", { class: "linked-statement", id: `${context.ident}-${trace.id.slice(0, 8)}-${index}`, hidden: "" });
  const item = element("li", {});
  item.style.setProperty("--depth", Math.min(step.depth, 6));
  const parts = step.layers ? endToEnd(step) : [[step.layer, step.start, step.took]];
  const bar = shape("svg", { class: "linked-bar", width: "100%", height: BAR_PX + 4, "aria-hidden": "true" }, ...bars(parts, end, BAR_PX, context));
  if (isMarked) bar.append(...underlines(step, trace, end));
  const statements = statementsIn(step, trace);
  item.append(statements.length ? opener(words, place, statements, trace, context) : element("div", { class: "linked-line" }, ...words), bar, place);
  return item;
}

/** A folded step's layers, heaped up from its start. */
function endToEnd({ start, layers }) {
  let at = start;
  return layers.map(([layer, length]) => {
    at += length;
    return [layer, at - length, length];
  });
}

function underlines({ spans }, { path }, end) {
  return spans.flatMap(({ id }) => path.get(id) || []).map(([from, to]) => shape(
    "rect", { class: "linked-critical", x: percent(from / end), width: percent((to - from) / end), y: BAR_PX + 1, height: 3 },
  ));
}

function opener(words, place, statements, trace, context) {
  const opens = button("", { class: "linked-line linked-opens", "aria-expanded": "false", "aria-controls": place.id }, () => {
    const isOpen = place.hidden;
    place.hidden = !isOpen;
    opens.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && !place.childElementCount) statements.forEach((statement) => context.open(place, statement, trace));
  });
  opens.append(...words);
  return opens;
}

/** The statements of a step that send something themselves, each kind once: {sql, key, times, took}, the costliest first. A step's
    children that stand on lines of their own are theirs. */
export function statementsIn(step, { spans }) {
  const children = childrenOf(spans);
  const byId = new Map(spans.map((span) => [span.id, span]));
  const found = new Map();
  const waiting = [...step.spans];
  while (waiting.length) {
    const span = waiting.shift();
    if (step.layers) waiting.push(...children(span.id));
    if (!span.sql || (step.layers && span.layer !== "sqlalchemy")) continue;
    const sender = span.layer === "postgres" ? byId.get(span.parent) || span : span;
    const key = senderKey(templateOf(sender, byId), sender.sql);
    const known = `${key} ${collapsed(sender.sql)}`;
    const one = found.get(known) || { sql: sqlAsSent(sender, children), key, times: 0, took: 0 };
    found.set(known, { ...one, times: one.times + 1, took: one.took + span.end - span.start });
  }
  return [...found.values()].sort((a, b) => b.took - a.took);
}

/** The spans as they are, one a row, made when asked for. */
function everySpan({ spans, label, whole }, { titles }) {
  const box = folding(`Every span, as a table (${digits(spans.length)})`);
  box.addEventListener("toggle", () => {
    if (!box.open || box.querySelector("table")) return;
    const byId = new Map(spans.map((span) => [span.id, span]));
    const depth = ({ parent }) => (byId.has(parent) ? 1 + depth(byId.get(parent)) : 0);
    const rows = spans.map((span) => {
      const head = element("span", { class: "linked-depth" }, span.name);
      head.style.setProperty("--depth", Math.min(depth(span), 8));
      if (span.sql) head.append(element("code", {}, span.sql));
      return [head, titles[span.layer], ms(span.start), ms(span.end - span.start)];
    });
    box.append(table(`${label}: ${ms(whole)}`, ["span", "layer", "from", "took"], rows, { withClass: "exhibit-spans" }));
  });
  return box;
}
