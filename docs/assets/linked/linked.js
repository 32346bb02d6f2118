/** What leads on from a live chart: some of its series, a box drawn about requests and how those differ from the rest, their traces.
    The page's script (wreck.js) brings it when a reader first touches a chart that leads somewhere. */

import { brush } from "./brush.js";
import { element } from "./dom.js";
import { log } from "./log.js";
import { readHash, requestsOf } from "./requests.js";
import { show } from "./statement.js";
import { chooser } from "./traces.js";
import { patterns } from "./waterfall.js";

let sheet = null;

/** The look of it all, awaited so that nothing is seen without. Another page may come with a head of its own: then once more. */
function styled() {
  if (sheet && sheet.link.isConnected) return sheet.loaded;
  const link = element("link", { rel: "stylesheet", href: new URL("linked.css", import.meta.url).href });
  const loaded = new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error("linked.css did not load"));
    };
  });
  sheet = { link, loaded };
  document.head.append(link);
  return loaded;
}

/** Fill a live exhibit's panel. `exhibit`: {figure, chart, panel, description, looks, follow}; `json` fetches an address; `painted`
    gives what is described with the palette's colours where the figure stands. */
export async function lead(exhibit, json, painted) {
  const { figure, panel } = exhibit;
  exhibit.relayout = (looks) => window.Plotly.relayout(exhibit.chart, painted(figure, looks));
  await styled();
  if (!panel.isConnected) return;
  const found = figure.dataset.linked ? await links(exhibit, json) : { nodes: [], follow: null };
  if (!panel.isConnected) return; // back to the still picture meanwhile
  panel.replaceChildren(...(figure.dataset.toggles ? [series(exhibit)] : []), ...found.nodes);
  panel.removeAttribute("aria-busy");
  exhibit.follow = found.follow;
  if (found.follow) found.follow(location.hash);
}

// --- series in and out of the picture

function series({ chart, description }) {
  const shown = description.data.filter(({ name, showlegend }) => name && showlegend !== false);
  const names = [...new Set(shown.map(({ name }) => name))];
  const box = element("fieldset", { class: "linked-series" }, element("legend", {}, "In the picture"));
  const checks = new Map(names.map((name) => {
    const check = element("input", { type: "checkbox", checked: "" });
    check.addEventListener("change", () => {
      const visible = check.checked ? true : "legendonly";
      const places = [];
      description.data.forEach((trace, i) => {
        if (trace.name !== name) return;
        trace.visible = visible; // outlives a change of palette
        places.push(i);
      });
      window.Plotly.restyle(chart, { visible }, places);
    });
    box.append(element("label", {}, check, ` ${plainText(name)}`));
    return [name, check];
  }));
  // The chart's own key does the same; both say the same.
  chart.on("plotly_restyle", () => chart.data.forEach(({ name, visible }) => {
    if (checks.has(name)) checks.get(name).checked = visible === undefined || visible === true;
  }));
  return box;
}

/** A name as the figure has it, which marks it up a little. */
function plainText(name) {
  return name.replace(/<br>/g, ", ").replace(/&(lt|gt|amp);/g, (_, entity) => ({ lt: "<", gt: ">", amp: "&" }[entity]));
}

// --- requests and traces

async function links(exhibit, json) {
  const { figure } = exhibit;
  const evidence = new URL(figure.dataset.evidence);
  const file = (name) => json(new URL(name, evidence).href);
  const brushed = figure.dataset.brush ? JSON.parse(figure.dataset.brush) : null;
  const logged = figure.dataset.log ? JSON.parse(figure.dataset.log) : null;
  const [linked, samples, record] = await Promise.all([
    json(figure.dataset.linked), brushed ? file("samples.json") : null, logged ? file("record.json") : null,
  ]);
  const requests = brushed ? requestsOf(samples, brushed) : [];
  let plans = null;
  const context = {
    ident: figure.id, evidence, linked, layers: linked.layers, requests, brushed,
    titles: Object.fromEntries(linked.layers.map(({ name, title }) => [name, title])),
    trace: (id) => file(`traces/${id}.json`),
    plans: () => {
      plans = plans || file("plans.json");
      plans.catch(() => { plans = null; }); // so that one can try again
      return plans;
    },
    open: (place, statement, trace) => show(place, statement, trace, context),
    changed: () => {},
  };
  if (logged) return { nodes: [log(exhibit, context, record, logged)], follow: null };
  const traces = chooser(exhibit, context);
  const box = requests.length ? brush(exhibit, context, traces) : null;
  const first = (figure.dataset.open || "").split(" ").filter(Boolean);
  if (first.length) traces.choose(first, { isQuiet: true });
  const nodes = [patterns(context), ...(box ? [box.node] : []), traces.node];
  return { nodes, follow: (hash) => follow(hash, exhibit, { box, traces, linked }) };
}

/** Do what an address says of this exhibit. */
function follow(hash, { figure }, { box, traces, linked }) {
  const said = readHash(hash);
  if (!said || said.id !== figure.id) return;
  if (box && said.box) box.choose(said.box, { isQuiet: true });
  const known = said.traces.filter((id) => linked.traces.some((trace) => trace.id === id));
  if (known.length) traces.choose(known, { isQuiet: true });
}
