/** A box about some of a chart's requests: drawn on the chart, or written into a form; both do the same. Below it stands how the
    requests inside differ from all others. */

import { button, element, shape, table } from "./dom.js";
import { change, digits, ms, seconds, share, visible } from "./quantity.js";
import { boxAround, byLayer, isIn, meanTook, readBox, sameBox, slowestTenth, widened, writeHash } from "./requests.js";
import { bars, layerKey } from "./waterfall.js";

const FIELDS = [
  ["from", "due from, s"], ["to", "due until, s"], ["least", "took at least, ms"], ["most", "took at most, ms"],
];
const STRIP_PX = 20;
const LINE = { color: "var(--wreck-accent)", width: 2, dash: "solid" };

/** The form and what it tells, as {node, choose(box)}. `traces`: the chooser of traces, told of what is inside. */
export function brush(exhibit, context, traces) {
  const { requests } = context;
  const around = boxAround(requests);
  const inputs = new Map(FIELDS.map(([end, label]) => [end, field(exhibit, end, label)]));
  const status = element("p", { class: "linked-told", role: "status" });
  const told = element("div", {});
  let box = null;

  function choose(wanted, { isQuiet = false, isFromChart = false } = {}) {
    if (wanted && box && sameBox(wanted, box)) return;
    box = wanted;
    for (const [end, { input }] of inputs) input.value = (box || around)[end];
    const inside = box ? requests.filter((request) => isIn(request, box)) : [];
    status.textContent = box ? words(inside, requests, box) : "";
    told.replaceChildren(...(box ? difference(inside, requests, context) : []));
    traces.offer(box ? inside : null);
    if (!isFromChart) mark(exhibit, box, requests);
    if (!isQuiet) context.changed();
  }

  context.box = () => box;
  context.changed = () => {
    const hash = writeHash({ id: context.ident, box, traces: traces.chosen() });
    history.replaceState(history.state, "", box || traces.chosen().length ? hash : `#${context.ident}`);
    traces.link(hash);
  };
  draggable(exhibit, { choose, current: () => box });
  const form = fields(exhibit, inputs, context, around, choose, status);
  for (const [end, { input }] of inputs) input.value = around[end];
  return { node: element("div", { class: "linked-brush", role: "group", "aria-label": "Pick requests out" }, form, status, told), choose };
}

// --- the form

function field({ figure }, end, label) {
  const id = `${figure.id}-${end}`;
  const input = element("input", { id, name: end, type: "number", min: "0", step: "any", inputmode: "decimal", required: "" });
  return { input, row: element("div", {}, element("label", { for: id }, label), input) };
}

function fields(exhibit, inputs, context, around, choose, status) {
  const form = element("form", { class: "linked-form", novalidate: "" });
  const rows = [...inputs.values()].map(({ row }) => row);
  const presets = ready(context, around).map(([name, box]) => button(name, {}, () => choose(box)));
  const drag = button("Draw a box on the chart", { "aria-pressed": String(isDragging(exhibit)) }, () => {
    setDragging(exhibit, !isDragging(exhibit));
    drag.setAttribute("aria-pressed", String(isDragging(exhibit)));
  });
  const submit = element("button", { type: "submit" }, "Show these");
  const clear = button("Clear", {}, () => choose(null));
  form.append(
    element("p", { class: "exhibit-subtitle" }, "Pick requests out: draw a box on the chart, or say which"),
    element("div", { class: "linked-fields" }, ...rows),
    element("div", { class: "linked-buttons" }, submit, ...presets, drag, clear),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const box = readBox(Object.fromEntries([...inputs].map(([end, { input }]) => [end, input.value])));
    if (box) choose(box);
    else status.textContent = "Each of the four takes a number.";
  });
  return form;
}

/** Boxes to be had by one press: parts of the run, and the slowest. */
function ready({ linked, brushed, requests }, around) {
  const phases = linked.experiments[brushed.experiment].arms[brushed.arms[0]].phases || [];
  const parts = phases.map(([name, from, to]) => [`due ${name}`, { ...around, from, to }]);
  return requests.length >= 10 ? [...parts, ["the slowest tenth", slowestTenth(requests)]] : parts;
}

// --- on the chart

const isDragging = ({ looks }) => looks.dragmode === "select";

function setDragging({ looks, relayout }, isOn) {
  // A finger that drags wants to scroll the page, unless it was asked to draw.
  looks.dragmode = isOn ? "select" : matchMedia("(pointer: coarse)").matches ? false : "zoom";
  relayout({ dragmode: looks.dragmode, newselection: looks.newselection });
}

function draggable(exhibit, { choose, current }) {
  const { chart } = exhibit;
  exhibit.looks.newselection = { line: LINE };
  setDragging(exhibit, !matchMedia("(pointer: coarse)").matches);
  const read = () => {
    const drawn = (chart.layout.selections || []).slice(-1)[0];
    if (!drawn) {
      if (current()) choose(null, { isFromChart: true });
      return;
    }
    const [from, to] = [drawn.x0, drawn.x1].map(Number).sort((a, b) => a - b);
    const [least, most] = [drawn.y0, drawn.y1].map(Number).sort((a, b) => a - b);
    const box = widened({ from: Math.max(from, 0), to: Math.max(to, 0), least: Math.max(least, 0), most: Math.max(most, 0) });
    const own = exhibit.looks.selections || [];
    if (own.length && isSame(own[0], drawn)) return; // it was we who drew it
    exhibit.looks.selections = [outline(drawn)];
    if (!current() || !sameBox(box, current())) choose(box, { isFromChart: true });
  };
  chart.on("plotly_selected", read);
  chart.on("plotly_deselect", read);
  chart.on("plotly_relayout", (changed) => Object.keys(changed).some((name) => name.startsWith("selections")) && read());
}

const isSame = (a, b) => ["x0", "x1", "y0", "y1"].every((end) => Math.abs(a[end] - b[end]) <= 1e-9 * Math.abs(a[end]));

const outline = ({ x0, x1, y0, y1 }) => ({ type: "rect", xref: "x", yref: "y", x0, x1, y0, y1, opacity: 1, line: LINE });

/** Outline a box on the chart. */
function mark(exhibit, box, requests) {
  // A logarithmic axis has no zero.
  const lowest = Math.min(...requests.map(({ took }) => took)) / 2;
  const ends = box && { x0: box.from, x1: box.to, y0: Math.max(box.least, lowest), y1: Math.max(box.most, lowest) };
  exhibit.looks.selections = box ? [outline(ends)] : [];
  exhibit.relayout({ selections: exhibit.looks.selections });
}

// --- what it tells

function words(inside, all, { from, to, least, most }) {
  const where = `due from ${seconds(from)} to ${seconds(to)} and took ${ms(least)} to ${ms(most)}`;
  if (!inside.length) return `None of the ${digits(all.length)} requests were ${where}.`;
  const kept = inside.filter(({ trace }) => trace).length;
  const traced = kept ? `${digits(kept)} of them ${kept === 1 ? "has" : "have"} a trace.` : "No trace of these was kept.";
  return `${digits(inside.length)} of ${digits(all.length)} requests were ${where}. ${traced}`;
}

function difference(inside, all, context) {
  const those = new Set(inside);
  const outside = all.filter((request) => !those.has(request));
  const statements = element("p", {}, statementsSaid(context));
  if (!inside.length) return [];
  if (!outside.length) return [element("p", {}, "That is all of them, so there is nothing to hold them against."), statements];
  const rows = byLayer(inside, outside, context.layers.map(({ name }) => name));
  const grown = meanTook(inside) - meanTook(outside);
  const said = `On average they took ${ms(meanTook(inside))}, the others ${ms(meanTook(outside))}.`;
  if (!rows.length) return [element("p", {}, `${said} Of this run, time by layer was not kept.`), statements];
  const most = rows.reduce((a, b) => (Math.abs(b.inside - b.outside) > Math.abs(a.inside - a.outside) ? b : a));
  const where = ` Of the difference, ${change(grown)}, ${change(most.inside - most.outside)} is in ${context.titles[most.layer]}.`;
  return [element("p", {}, said + where), ...strips(rows, inside, outside, context), layerTable(rows, context), statements];
}

function strips(rows, inside, outside, context) {
  const total = (side) => rows.reduce((sum, row) => sum + row[side], 0);
  const end = Math.max(total("inside"), total("outside")) || 1;
  const sides = [["inside", `these, ${digits(inside.length)}`], ["outside", `the others, ${digits(outside.length)}`]];
  const drawn = sides.flatMap(([side, name]) => {
    let at = 0;
    const parts = rows.map((row) => {
      at += row[side];
      return [row.layer, at - row[side], row[side]];
    });
    const label = visible(`${name}: ${ms(total(side))} by layer`);
    const strip = shape("svg", { class: "linked-strip", width: "100%", height: STRIP_PX, role: "img", "aria-label": label });
    strip.append(...bars(parts, end, STRIP_PX, context));
    return [element("p", { class: "linked-name" }, element("span", {}, name), element("span", {}, ms(total(side)))), strip];
  });
  return [layerKey(rows.map(({ layer }) => layer), context), element("div", { class: "linked-strips" }, ...drawn)];
}

function layerTable(rows, { titles }) {
  const total = (side) => rows.reduce((sum, row) => sum + row[side], 0) || 1;
  const [these, others] = [total("inside"), total("outside")];
  const cells = rows.map(({ layer, inside, outside }) => [
    titles[layer], ms(inside), share(inside / these), ms(outside), share(outside / others), change(inside - outside),
  ]);
  const columns = ["layer", "these", "share", "the others", "share", "difference"];
  return table("Mean time a request by layer, each without the ones inside it", columns, cells);
}

/** What is known of how many statements requests sent. */
function statementsSaid({ linked, brushed }) {
  const arms = brushed.arms.map((name) => linked.experiments[brushed.experiment].arms[name]);
  const told = arms.filter(({ statements }) => statements && statements.length).map(({ title, statements, alike }) => {
    const [least, most] = [Math.min(...statements), Math.max(...statements)];
    const mean = least === most ? digits(least) : `${digits(least)} to ${digits(most)}`;
    if (alike) return `${title}: inside and outside, all requests sent the same ${mean} statements.`;
    return `${title}: ${mean} statements a request, each round’s mean; of single requests only a trace tells.`;
  });
  return told.join(" ") || "How many statements these requests sent was not kept.";
}
