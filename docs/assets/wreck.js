/* Exhibits come alive.

     <figure class="exhibit" id="ladder" data-traces="../evidence/x/traces/{id}.json">
       <div class="exhibit-facade" data-figure="../exhibits/ladder.json"><svg …></svg></div>
       <button class="exhibit-live" hidden>Make it live</button>

   The picture needs no script. On its first touch plotly is loaded, once, and draws in its place.
   Colours are written "var(--wreck-role)" and follow the palette. Evidence is data: it reaches
   the page as text, never as markup. */
(() => {
  "use strict";

  const BUNDLE = new URL("vendor/plotly-cartesian-4.1.1.min.js", document.currentScript.src).href;
  // Nothing may leave our own origin, whatever a figure's own configuration says.
  const CONFIG = {
    displaylogo: false, plotlyServerURL: "", responsive: true, showSendToCloud: false,
    topojsonURL: new URL(".", BUNDLE).href, modeBarButtonsToRemove: ["lasso2d", "select2d", "toImage"],
  };
  const HEIGHT_MIN_PX = 260;
  const SPANS_MAX = 200;
  const TRACE_ID = /^[0-9a-f]{8,64}$/;
  const exhibits = new Map(); // figure element -> exhibit

  const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
  const round = (value) => (typeof value === "number" ? number.format(value) : String(value));

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // --- fetching ------------------------------------------------------------------------------

  let library = null;

  function plotly() {
    library = library || new Promise((resolve, reject) => {
      const script = element("script", { src: BUNDLE });
      script.onload = resolve;
      script.onerror = () => {
        library = null; // so that the reader can try again
        reject(new Error("the chart library did not load"));
      };
      document.head.append(script);
    });
    return library;
  }

  async function json(url) {
    const answer = await fetch(new URL(url, document.baseURI));
    if (!answer.ok) throw new Error(`${url.split("/").pop()} answered ${answer.status}`);
    return answer.json();
  }

  // --- drawing -------------------------------------------------------------------------------

  function draw({ chart, figure, description, height }) {
    const style = getComputedStyle(figure);
    const text = JSON.stringify(description).replace(/var\((--wreck-[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
    const { data, layout, config } = JSON.parse(text);
    const ink = style.color;
    const looks = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", modebar: { bgcolor: "rgba(0,0,0,0)", color: ink, activecolor: ink },
      ...layout,
      autosize: true, height, width: undefined,
      uirevision: "kept", // zoom and hidden arms outlive a change of palette
      font: { size: 13, color: ink, ...layout.font, family: style.fontFamily },
    };
    // A finger that drags wants to scroll the page.
    if (matchMedia("(pointer: coarse)").matches) looks.dragmode = false;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) looks.transition = { duration: 0 };
    return window.Plotly.react(chart, data, looks, { ...config, ...CONFIG });
  }

  // --- still, loading, live ------------------------------------------------------------------

  function show(exhibit, state, message = "") {
    const { figure, facade, button, status } = exhibit;
    exhibit.state = figure.dataset.state = state;
    figure.setAttribute("aria-busy", state === "loading");
    facade.hidden = state === "live";
    button.textContent = { still: exhibit.invitation, loading: "Loading the chart …", live: "Back to the still picture" }[state];
    status.textContent = message;
  }

  async function enliven(exhibit) {
    if (exhibit.state !== "still") return;
    const { figure, facade } = exhibit;
    exhibit.height = Math.max(HEIGHT_MIN_PX, Math.round(facade.getBoundingClientRect().height));
    show(exhibit, "loading");
    try {
      const [description] = await Promise.all([json(facade.dataset.figure), plotly()]);
      if (!figure.isConnected) return; // the reader went to another page meanwhile
      exhibit.description = description;
      const name = facade.querySelector("[aria-labelledby]").getAttribute("aria-labelledby");
      exhibit.chart = element("div", { class: "exhibit-chart", role: "group", "aria-labelledby": name, style: `height:${exhibit.height}px` });
      facade.after(exhibit.chart);
      show(exhibit, "live", "The chart is live: point at a mark to read it.");
      await draw(exhibit);
      offerTraces(exhibit);
    } catch (fault) {
      rest(exhibit, `The live chart failed: ${fault.message}. The picture stands; try again.`);
    }
  }

  function rest(exhibit, message) {
    purge(exhibit);
    for (const part of [exhibit.chart, exhibit.panel]) if (part) part.remove();
    exhibit.chart = exhibit.panel = null;
    show(exhibit, "still", message);
  }

  function purge({ chart }) {
    if (chart && window.Plotly) window.Plotly.purge(chart);
  }

  // --- one request's spans -------------------------------------------------------------------

  /** The requests behind a chart's marks that have a trace: id -> what to call each. */
  function requestsOf({ data }) {
    const found = new Map();
    for (const { customdata = [], hovertext = [], name = "", x, y } of data) {
      customdata.forEach((id, i) => {
        const said = hovertext[i] || `${name} ${round(x[i])}, ${round(y[i])}`;
        if (TRACE_ID.test(id)) found.set(id, said.replace(/<br>/g, ", ").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&"));
      });
    }
    return found;
  }

  function offerTraces(exhibit) {
    const { chart, description, figure, status } = exhibit;
    const requests = figure.dataset.traces ? requestsOf(description) : new Map();
    if (!requests.size || !chart) return;
    const select = element("select", {}, new Option("choose one, or click its mark", ""));
    for (const [id, label] of requests) select.append(new Option(label, id));
    const result = element("div", { class: "exhibit-spans", "aria-live": "polite" });
    exhibit.panel = element("div", { class: "exhibit-trace" }, element("label", {}, "One request, span by span: ", select), result);
    status.after(exhibit.panel); // below the buttons, so that nothing above moves
    const open = () => openTrace(figure.dataset.traces, select, result);
    select.addEventListener("change", open);
    chart.on("plotly_click", ({ points }) => {
      const point = points.find(({ customdata }) => requests.has(customdata));
      if (!point) return;
      select.value = point.customdata;
      open();
    });
  }

  async function openTrace(template, select, place) {
    const id = select.value;
    place.replaceChildren();
    if (!id) return;
    let shown;
    try {
      shown = spanTable(spansOf(await json(template.replace("{id}", id))));
    } catch (fault) {
      shown = element("p", {}, `This request's trace failed to load: ${fault.message}.`);
    }
    if (select.value === id) place.replaceChildren(shown); // else another was chosen meanwhile
  }

  /** OTLP/JSON to rows {name, layer, text, start_ms, took_ms, depth}, in order of start. */
  function spansOf({ resourceSpans }) {
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const nano = BigInt;
    const valueOf = ({ attributes = [] }, key) => (attributes.find((a) => a.key === key) || { value: {} }).value.stringValue || "";
    const depth = ({ parentSpanId }, steps = 0) => (byId.has(parentSpanId) && steps < 20 ? depth(byId.get(parentSpanId), steps + 1) : steps);
    const origin = spans.map((span) => nano(span.startTimeUnixNano)).reduce((a, b) => (a < b ? a : b));
    return spans.map((span) => ({
      name: span.name, depth: depth(span), layer: valueOf(span, "wreck.layer"), text: valueOf(span, "db.query.text"),
      start_ms: Number(nano(span.startTimeUnixNano) - origin) / 1e6,
      took_ms: Number(nano(span.endTimeUnixNano) - nano(span.startTimeUnixNano)) / 1e6,
    })).sort((a, b) => a.start_ms - b.start_ms || a.depth - b.depth);
  }

  function spanTable(spans) {
    const row = (tag, cells) => element("tr", {}, ...cells.map((cell) => (cell instanceof Node ? cell : element(tag, tag === "th" ? { scope: "col" } : {}, cell))));
    const rows = spans.slice(0, SPANS_MAX).map(({ name, depth, layer, text, start_ms, took_ms }) => {
      const head = element("th", { scope: "row", style: `--depth:${depth}` }, name);
      if (text) head.append(element("code", {}, text));
      return row("td", [head, layer, round(start_ms), round(took_ms)]);
    });
    const title = `One request: ${round(spans[0].took_ms)} ms` + (spans.length > SPANS_MAX ? `; the first ${SPANS_MAX} of ${spans.length} spans` : "");
    const columns = element("thead", {}, row("th", ["span", "layer", "from, ms", "took, ms"]));
    const table = element("table", {}, element("caption", {}, title), columns, element("tbody", {}, ...rows));
    return element("div", { class: "exhibit-table", role: "region", tabindex: "0", "aria-label": title }, table);
  }

  // --- copying -------------------------------------------------------------------------------

  const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linejoin", "paint-order",
    "font-family", "font-size", "font-style", "font-weight", "text-anchor"];

  /** A still drawing that stands without our style sheets: what the browser made of it, written out. */
  function standalone(svg) {
    const copy = svg.cloneNode(true);
    const copies = [copy, ...copy.querySelectorAll("*")];
    [svg, ...svg.querySelectorAll("*")].forEach((node, i) => {
      const style = getComputedStyle(node);
      const around = node === svg ? null : getComputedStyle(node.parentNode);
      for (const name of ["class", "style", ...LOOKS]) copies[i].removeAttribute(name);
      for (const name of LOOKS) {
        const value = style.getPropertyValue(name);
        if (!around || value !== around.getPropertyValue(name)) copies[i].setAttribute(name, value);
      }
    });
    // Ticks and names stand in the margins, outside the plot proper.
    const px = (name) => Math.round(parseFloat(getComputedStyle(svg)[name]));
    const [left, top, width, height] = ["marginLeft", "marginTop", "width", "height"].map(px);
    for (const [name, value] of Object.entries({ x: left, y: top, width, height, overflow: "visible" })) copy.setAttribute(name, value);
    const sheet = document.createElementNS(svg.namespaceURI, "svg");
    sheet.setAttribute("width", left + width + px("marginRight"));
    sheet.setAttribute("height", top + height + px("marginBottom"));
    sheet.append(copy);
    return new XMLSerializer().serializeToString(sheet);
  }

  async function copySvg({ chart, facade, figure, status }) {
    const text = chart
      ? decodeURIComponent((await window.Plotly.toImage(chart, { format: "svg", width: chart.clientWidth, height: chart.clientHeight })).replace(/^.*?,/, ""))
      : standalone(facade.querySelector("svg"));
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      status.textContent = "The picture is on the clipboard, as SVG.";
    } else { // as outside https and localhost
      element("a", { href: `data:image/svg+xml,${encodeURIComponent(text)}`, download: `${figure.id}.svg` }).click();
      status.textContent = "The picture was saved, as SVG.";
    }
  }

  // --- the page ------------------------------------------------------------------------------

  function adopt(figure) {
    const facade = figure.querySelector(".exhibit-facade[data-figure]");
    const button = figure.querySelector("button.exhibit-live");
    if (!facade || !button || exhibits.has(figure)) return;
    const copy = element("button", { class: "exhibit-copy", type: "button" }, "Copy as SVG");
    const status = element("p", { class: "exhibit-status", role: "status" });
    const exhibit = { figure, facade, button, status, invitation: button.textContent };
    exhibits.set(figure, exhibit);
    button.after(copy, status);
    button.hidden = false;
    show(exhibit, "still");
    button.addEventListener("click", () => (exhibit.state === "live" ? rest(exhibit) : enliven(exhibit)));
    facade.addEventListener("click", () => String(getSelection()) || enliven(exhibit));
    copy.addEventListener("click", () => copySvg(exhibit).catch((fault) => { status.textContent = `Copying failed: ${fault.message}.`; }));
  }

  function arrive() {
    for (const [figure, exhibit] of exhibits) {
      if (figure.isConnected) continue;
      purge(exhibit);
      exhibits.delete(figure);
    }
    document.querySelectorAll("figure.exhibit").forEach(adopt);
    // Material makes wide tables scroll by themselves; a keyboard must be able to reach them.
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (!box.closest(".exhibit-table")) box.tabIndex = 0;
    }
  }

  const retheme = () => exhibits.forEach((exhibit) => exhibit.chart && draw(exhibit));
  new MutationObserver(retheme).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
  // Material announces each page that it brings in without a reload; elsewhere there is one page.
  if (window.document$) window.document$.subscribe(arrive);
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", arrive);
  else arrive();
})();
