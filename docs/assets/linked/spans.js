/** A request's spans from OTLP/JSON, laid out in order and folded: scenarios/publish/traces/spans.py and statements.py, in the browser.
    Times are milliseconds from the start of the request. Tests compare the two on every kept trace. */

import { folded, tally } from "./repeats.js";

const DEEPEST = 100;
const TABLE = /\b(?:from|join|into|update)\s+"?([a-z_][\w.]*)/gi;

// --- statements in few words

export const collapsed = (sql) => sql.split(/\s+/).filter(Boolean).join(" ");

/** The tables a statement names, in order, each once, without the data's own prefix. */
export function tables(sql) {
  return [...new Set([...sql.matchAll(TABLE)].map(([, name]) => name.replace(/^tw_/, "")))];
}

export function brief(sql, most) {
  const line = collapsed(sql);
  return line.length <= most ? line : `${line.slice(0, most - 1).trimEnd()}…`;
}

/** A statement's verb and tables: SELECT players, rolls. */
export function nameOf(sql) {
  const [verb = "statement"] = collapsed(sql).split(" ");
  return `${(verb || "statement").toUpperCase()} ${tables(sql).join(", ")}`.trim();
}

/** What is the same in two statements that differ in their parameters alone. */
export function normal(sql) {
  return collapsed(sql)
    .replace(/%\(\w+\)s|\$\d+\b/g, "?")
    .replace(/'(?:[^']|'')*'/g, "?")
    .replace(/\b\d+(?:\.\d+)?\b/g, "?")
    .replace(/\(\?(?:, ?\?)*\)/g, "(?)");
}

/** A statement's key among senders (scenarios/publish/traces/linked.py): FNV-1a of the template being rendered and what is the same whatever its
    parameters; ANY where the template is not known. */
export function senderKey(template, sql) {
  let value = 2166136261;
  for (const byte of new TextEncoder().encode(`${template}\n${normal(sql)}`)) value = Math.imul(value ^ byte, 16777619) >>> 0;
  return value.toString(16).padStart(8, "0");
}

export const ANY = "*";

// --- spans

/** Spans by start, each {id, parent, name, layer, start, end, sql, route, path}. Throws for what is no trace of ours. */
export function readSpans({ resourceSpans }, layers) {
  const raw = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  if (!raw.length) throw new Error("it holds no spans");
  const zero = raw.map((span) => BigInt(span.startTimeUnixNano)).reduce((a, b) => (b < a ? b : a));
  const at = (nano) => Math.max(Number(BigInt(nano) - zero) / 1e6, 0);
  const spans = raw.map((span) => {
    const said = Object.fromEntries((span.attributes || []).map(({ key, value }) => [key, value.stringValue || ""]));
    const layer = said["wreck.layer"];
    if (!layers.includes(layer)) throw new Error(`a span of layer '${layer}'`);
    const start = at(span.startTimeUnixNano);
    const end = Math.max(start, at(span.endTimeUnixNano));
    return { id: span.spanId, parent: span.parentSpanId || "", name: span.name, layer, start, end, sql: said["db.query.text"] || "" };
  });
  checkTree(spans);
  return spans.sort((a, b) => a.start - b.start || b.end - a.end || (a.id < b.id ? -1 : 1));
}

function checkTree(spans) {
  const parents = new Map(spans.map(({ id, parent }) => [id, parent]));
  if (parents.size < spans.length) throw new Error("two spans of one id");
  for (const { id } of spans) {
    let depth = 0;
    for (let up = id; parents.has(up); up = parents.get(up)) {
      depth += 1;
      if (depth > DEEPEST) throw new Error("spans within spans without end");
    }
  }
}

/** Children by their parent's id; those without one under "". */
export function childrenOf(spans) {
  const known = new Set(spans.map(({ id }) => id));
  const children = new Map();
  for (const span of spans) {
    const parent = known.has(span.parent) ? span.parent : "";
    children.set(parent, [...(children.get(parent) || []), span]);
  }
  return (id) => children.get(id) || [];
}

const took = ({ start, end }) => end - start;

function ownMs(span, children) {
  const inside = children(span.id)
    .filter(({ end }) => end > span.start)
    .reduce((sum, child) => sum + Math.min(child.end, span.end) - Math.max(child.start, span.start), 0);
  return Math.max(took(span) - Math.max(inside, 0), 0);
}

// --- the waterfall's lines

/** The waterfall's lines, parents before children, repeated siblings in one line:
    {name, layer, depth, start, took, own, count, text, layers, spans}. `titles` are what people call the layers, by their names. */
export function fold(spans, layers, titles) {
  const children = childrenOf(spans);
  const steps = [];
  descend("", 0, children, steps, layers, titles);
  return steps;
}

function descend(parent, depth, children, steps, layers, titles) {
  const units = unitsOf(children(parent), children);
  for (const part of folded(units.map(([first]) => signature(first, children)))) {
    const inside = units.slice(part.start, part.end).flat();
    if (part.repeats > 1) {
      steps.push(foldedStep(inside, part, depth, children, layers));
      continue;
    }
    for (const span of inside) {
      const { layer, start } = span;
      const text = collapsed(span.sql);
      const own = ownMs(span, children);
      steps.push({ name: nameOfSpan(span, titles), layer, depth, start, took: took(span), own, count: 1, text, layers: null, spans: [span] });
      descend(span.id, depth + 1, children, steps, layers, titles);
    }
  }
}

/** Siblings, each statement together with the fetching of its rows that follows it. */
function unitsOf(siblings, children) {
  const units = [];
  for (const span of siblings) {
    const last = units[units.length - 1];
    const isItsFetch = span.layer === "fetch" && last && last.length === 1 && sqlOf(last[0], children) && !children(span.id).length;
    if (isItsFetch) last.push(span);
    else units.push([span]);
  }
  return units;
}

function sqlOf(span, children) {
  return span.sql || (children(span.id).find(({ sql }) => sql) || { sql: "" }).sql;
}

/** What makes a span a repeat of another; only spans that lead to SQL are folded. */
function signature(span, children) {
  const sql = sqlOf(span, children);
  return JSON.stringify(sql ? [span.layer, span.name, sql] : [span.id]);
}

function foldedStep(run, part, depth, children, layers) {
  const told = tally(part).map(([times, what]) => [times, what.map((each) => JSON.parse(each)[2])]);
  const { start, layer } = run[0];
  const end = Math.max(...run.map((span) => span.end));
  const own = run.reduce((sum, span) => sum + took(span), 0);
  const text = told.flatMap(([, sqls]) => sqls.map(collapsed)).join("; ");
  const count = told.reduce((sum, [times, sqls]) => sum + times * sqls.length, 0);
  const byLayer = layersOf(run, children, layers);
  return { name: inWords(told), layer, depth, start, took: end - start, own, count, text, layers: byLayer, spans: run };
}

/** A tally of statements, as 3 × games; 51 × (players, rolls). */
function inWords(told) {
  const named = (sql) => tables(sql).join("+") || brief(sql, 20);
  const each = (sqls) => (sqls.length === 1 ? named(sqls[0]) : `(${sqls.map(named).join(", ")})`);
  return told.map(([times, sqls]) => `${times} × ${each(sqls)}`).join("; ");
}

/** The time of spans and of all inside them by layer, each span's without those inside it: [[layer, ms]]. */
function layersOf(spans, children, layers) {
  const found = new Map();
  const waiting = [...spans];
  while (waiting.length) {
    const span = waiting.pop();
    found.set(span.layer, (found.get(span.layer) || 0) + ownMs(span, children));
    waiting.push(...children(span.id));
  }
  return layers.filter((layer) => found.get(layer) > 0).map((layer) => [layer, found.get(layer)]);
}

function nameOfSpan(span, titles) {
  const said = span.sql ? nameOf(span.sql) : span.name;
  return said === span.layer ? titles[said] : `${titles[span.layer]}: ${said}`;
}

// --- who has the time

/** A request as [layer, start, length], one after another: each moment is the innermost span's. */
export function flattened(spans, layers) {
  const depth = depthsOf(spans);
  const edges = [...new Set(spans.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const found = [];
  edges.slice(0, -1).forEach((start, i) => {
    const end = edges[i + 1];
    const inside = spans.filter((span) => span.start <= start && span.end >= end);
    if (!inside.length) return;
    const rank = (span) => depth.get(span.id) * layers.length + layers.indexOf(span.layer);
    const { layer } = inside.reduce((most, span) => (rank(span) > rank(most) ? span : most));
    const last = found[found.length - 1];
    if (last && last[0] === layer && Math.abs(last[1] + last[2] - start) < 1e-9) last[2] = end - last[1];
    else found.push([layer, start, end - start]);
  });
  return found;
}

function depthsOf(spans) {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const depth = ({ parent }) => (byId.has(parent) ? 1 + depth(byId.get(parent)) : 0);
  return new Map(spans.map((span) => [span.id, depth(span)]));
}

/** The critical path: by span id, the stretches [from, to] in which nothing else held the request up. From the end backwards, each
    moment goes to the child that ended last before it, and so on down; what no child covers is the span's own. */
export function criticalPath(spans) {
  const children = childrenOf(spans);
  const path = new Map();
  const own = (span, from, to) => to > from && path.set(span.id, [...(path.get(span.id) || []), [from, to]]);
  const walk = (span, until) => {
    let at = until;
    const latest = [...children(span.id)].sort((a, b) => b.end - a.end || b.start - a.start);
    for (const child of latest) {
      const end = Math.min(child.end, span.end);
      if (end > at || child.start >= end) continue; // another held the request up meanwhile
      own(span, end, at);
      walk(child, end);
      at = Math.max(child.start, span.start);
    }
    own(span, span.start, at);
  };
  // Of several outermost spans the last to end is what the request ended with.
  const roots = children("");
  if (roots.length) walk(roots.reduce((last, span) => (span.end > last.end ? span : last)), Math.max(...roots.map(({ end }) => end)));
  return path;
}

/** How much of the time of `spans` and of all inside them lies on the path. */
export function criticalMs(spans, path, all) {
  const children = childrenOf(all);
  const waiting = [...spans];
  let sum = 0;
  while (waiting.length) {
    const span = waiting.pop();
    sum += (path.get(span.id) || []).reduce((total, [from, to]) => total + to - from, 0);
    waiting.push(...children(span.id));
  }
  return sum;
}

/** The text of a statement with its parameters in place, where the database's own span tells it. */
export function sqlAsSent(span, children) {
  return (children(span.id).find(({ layer, sql }) => layer === "postgres" && sql) || span).sql;
}

/** The template that was being rendered when a span began, "" for none. */
export function templateOf(span, byId) {
  for (let up = byId.get(span.parent); up; up = byId.get(up.parent)) {
    const found = up.layer === "template" && /^render ([\w./-]+)$/.exec(up.name);
    if (found) return found[1];
  }
  return "";
}
