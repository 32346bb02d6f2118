/* What a comparison of two records (compare.js) says, in words, tables and a picture, as "Your run, our run" shows it. Whatever a
   record says reaches the page as text. Needs compare.js. */
(() => {
  "use strict";

  const { RULES } = window.wreckCompare;
  const SVG = "http://www.w3.org/2000/svg";
  const VERDICTS = ["worse", "better", "same", "cannot tell"];
  const MARKS = {
    worse: "M-6,-5H6L0,6Z", better: "M-6,5H6L0,-6Z", same: "M-5,-5H5V5H-5Z", "cannot tell": "M-5,0A5,5 0 1 0 5,0A5,5 0 1 0 -5,0Z",
  };
  const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format;

  function element(tag, attributes = {}, ...children) {
    return filled(document.createElement(tag), attributes, children);
  }

  function shape(tag, attributes = {}, ...children) {
    return filled(document.createElementNS(SVG, tag), attributes, children);
  }

  function filled(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children); // strings become text nodes, never markup
    return node;
  }

  function tally({ claims, arms }) {
    const counted = VERDICTS.map((verdict) => [[...claims, ...arms].filter((row) => row.verdict === verdict).length, verdict]);
    return counted.filter(([n]) => n).map(([n, verdict]) => `${n} ${verdict}`).join(", ") || "nothing in common";
  }

  function pictured(found, width) {
    const rows = [...found.claims, ...found.arms];
    return [
      element("h2", { id: "result" }, `Yours against ours: ${found.wreck}`),
      element("p", {}, `A is our run of ${day(found.a)}, B is yours of ${day(found.b)}. `,
        `Verdicts say what B is beside A: ${tally(found)}.`),
      ...remarks(found),
      ...figure(rows.filter(({ by, low }) => by === "ratio" && low !== null), width),
      ...table("Claims", found.claims),
      ...table("Arms, by their median latency", found.arms),
    ];
  }

  const day = ({ made_at: at }) => at.slice(0, 10);

  function remarks({ warnings, unlike_machines: unlike, environment, only_a: onlyA, only_b: onlyB }) {
    const said = [...warnings];
    if (unlike.length) said.push(`The machines are unlike, so no times are compared, only ratios: ${unlike.join("; ")}.`);
    for (const [names, which] of [[onlyA, "ours"], [onlyB, "yours"]]) if (names.length) said.push(`Only in ${which}: ${names.join(", ")}.`);
    const parts = said.length ? [element("ul", { class: "your-run-remarks" }, ...said.map((each) => element("li", {}, each)))] : [];
    const differ = Object.entries(environment).map(([name, [a, b]]) => [name, a ?? "none", b ?? "none"]);
    if (!differ.length) return parts;
    const summary = element("summary", {}, `What differs between the two environments: ${differ.length}`);
    return [...parts, element("details", {}, summary, scrolled("Environments", ["what", "ours", "yours"], differ))];
  }

  function table(title, rows) {
    if (!rows.length) return [];
    const cells = rows.map((row) => [row.name, number(row.a, row), number(row.b, row), change(row), `${row.verdict}${because(row)}`]);
    return [element("h3", {}, title), scrolled(title, ["name", "ours", "yours", "yours to ours, 95 % interval", "verdict"], cells)];
  }

  function scrolled(title, columns, rows) {
    const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
    const cell = (text) => element("td", {}, text);
    const row = ([first, ...rest]) => element("tr", {}, element("th", { scope: "row" }, first), ...rest.map(cell));
    const made = element("table", {}, element("caption", {}, title), element("thead", {}, head), element("tbody", {}, ...rows.map(row)));
    return element("div", { class: "exhibit-table", role: "region", tabindex: "0", "aria-label": title }, made);
  }

  function number(value, { unit, over }) {
    if (value === null) return "none";
    return `${digits(value)} ${over ? `times ${over}` : unit}`;
  }

  function change({ by, effect, low, high }) {
    if (effect === null) return by === "bound" ? "by its bound" : "";
    const sign = by === "ratio" ? "× " : "+ ";
    return `${sign}${digits(effect)}${low === null ? "" : ` (${digits(low)} to ${digits(high)})`}`;
  }

  function because({ because: why, holds }) {
    const said = why ? [why] : [];
    if (holds && holds[0] !== holds[1]) said.push(holds[0] ? "holds in ours, not in yours" : "holds in yours, not in ours");
    return said.length ? `; ${said.join("; ")}` : "";
  }

  // --- the picture: a row an interval, on a logarithmic axis

  const ROW_PX = 40, TOP_PX = 34, EDGE_PX = 12;

  function figure(rows, width) {
    if (!rows.length) return [];
    // What lies far out would leave the rest no room: the axis ends, its interval goes on to the edge.
    const reach = Math.min(Math.max(1.5, ...rows.flatMap(({ low, high }) => [1 / low, high])), 20);
    const wide = Math.max(280, Math.min(width || 640, 760));
    const span = (wide - 2 * EDGE_PX) / 2;
    const x = (ratio) => wide / 2 + span * Math.max(-1, Math.min(1, Math.log(ratio) / Math.log(reach)));
    const height = TOP_PX + rows.length * ROW_PX;
    const label = "Ratio of yours to ours with its 95 % interval, a row for each claim and arm; the tables below say the same in words.";
    const drawing = shape("svg", { viewBox: `0 0 ${wide} ${height}`, width: wide, height, role: "img", "aria-label": label },
      ...axis(x, reach, height), ...rows.map((row, i) => bar(row, x, TOP_PX + i * ROW_PX)));
    const said = "Yours over ours: 1 is as ours. The band is what makes no practical difference; lines are 95 % intervals over rounds.";
    return [element("figure", { class: "your-run-figure" }, drawing, element("figcaption", {}, said))];
  }

  function axis(x, reach, height) {
    const [from, to, y] = [x(1 / RULES.margin), x(RULES.margin), TOP_PX - 6];
    const band = shape("rect", { class: "band", x: from, y, width: to - from, height: height - y });
    const ticks = [1 / reach, 1, reach].flatMap((ratio, i) => [
      shape("line", { class: "tick", x1: x(ratio), x2: x(ratio), y1: y, y2: height }),
      shape("text", { x: x(ratio), y: 18, "text-anchor": ["start", "middle", "end"][i] }, `× ${digits(ratio)}`),
    ]);
    return [band, ...ticks];
  }

  function bar(row, x, top) {
    const name = `${row.name}: ${row.verdict}`;
    return shape("g", { class: `verdict-${row.verdict.replace(" ", "-")}` },
      shape("text", { x: EDGE_PX, y: top + 13 }, name.length > 44 ? `${name.slice(0, 43)}…` : name),
      shape("line", { x1: x(row.low), x2: x(row.high), y1: top + 25, y2: top + 25 }),
      shape("path", { d: MARKS[row.verdict], transform: `translate(${x(row.effect)} ${top + 25})` }));
  }

  window.wreckVerdicts = { tally, pictured };
})();
