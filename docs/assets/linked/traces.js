/** Which kept trace to open, and which beside it. */

import { element } from "./dom.js";
import { ms, seconds, visible } from "./quantity.js";
import { writeHash } from "./requests.js";
import { readSpans } from "./spans.js";
import { draw } from "./waterfall.js";

/** The two lists and what they open, as {node, choose(ids), chosen(), offer(requests), link(hash)}. */
export function chooser({ figure, chart }, context) {
  const { linked, requests, layers } = context;
  const names = layers.map(({ name }) => name);
  const requestOf = ({ id }) => requests.find(({ trace }) => trace === id) || null;
  const known = new Map(linked.traces.map((trace) => [trace.id, { ...trace, request: requestOf(trace) }]));
  const [first, second] = ["first", "second"].map((which) => element("select", { id: `${figure.id}-${which}` }));
  const place = element("div", { class: "linked-place" });
  const said = element("p", { class: "linked-told", role: "status" });
  const permalink = element("a", { href: `#${figure.id}` }, "Link to what is chosen here");
  let turn = 0;

  function offer(inside) {
    const picked = inside && new Set(inside.map(({ trace }) => trace).filter(Boolean));
    const [one, two] = [first.value, second.value];
    fill(first, "choose one, or click its mark", groups(known, picked));
    fill(second, "none", groups(known, picked));
    [first.value, second.value] = [one, two];
  }

  const chosen = () => [...new Set([first.value, second.value])].filter(Boolean);

  function choose([one, two = ""], { isQuiet = false } = {}) {
    if (!known.has(one)) return;
    first.value = one;
    second.value = known.has(two) ? two : "";
    open(isQuiet);
  }

  /** To all; or, of what is plain to see, to those who hear the page. */
  function say(text, { isSeen = true } = {}) {
    said.textContent = visible(text);
    said.classList.toggle("linked-unseen", !isSeen);
  }

  async function open(isQuiet = false) {
    turn += 1;
    const mine = turn;
    const ids = chosen();
    if (!isQuiet) context.changed();
    place.setAttribute("aria-busy", "true");
    place.classList.toggle("is-open", ids.length > 0); // room at once, so that nothing moves when it is there
    if (ids.length) context.plans().catch(() => {}); // at hand when a statement is opened; a failure is told there
    say(ids.length ? "Loading …" : "", { isSeen: false });
    try {
      const read = await Promise.all(ids.map(async (id) => {
        const spans = readSpans(await context.trace(id), names);
        return { ...known.get(id), label: brief(known.get(id), linked), spans };
      }));
      if (mine !== turn) return; // outdated
      place.replaceChildren(...(read.length ? [draw(read, context)] : []));
      say(read.length ? `Below: ${read.map(({ label }) => label).join(", and ")}.` : "", { isSeen: false });
    } catch (fault) {
      if (mine !== turn) return;
      place.replaceChildren();
      say(`The trace failed to load: ${fault.message}.`);
    }
    place.removeAttribute("aria-busy");
  }

  // Without a box there is none who writes the address.
  context.changed = () => {
    const hash = writeHash({ id: context.ident, box: null, traces: chosen() });
    history.replaceState(history.state, "", chosen().length ? hash : `#${context.ident}`);
    permalink.setAttribute("href", chosen().length ? hash : `#${context.ident}`);
  };
  for (const list of [first, second]) list.addEventListener("change", () => open());
  chart.on("plotly_click", ({ points }) => {
    const point = points.find(({ customdata }) => known.has(customdata));
    const id = point ? point.customdata : ofRow(points, figure.dataset.rows);
    if (known.has(id)) choose([id, second.value]);
  });
  offer(null);
  const label = (list, text) => element("label", { for: list.id }, text);
  const lists = element("div", { class: "exhibit-trace" }, label(first, "One request, opened: "), first, label(second, "beside it: "), second);
  const node = known.size
    ? element("div", { class: "linked-chooser", role: "group", "aria-label": "Open a request" },
      lists, said, place, element("p", { class: "linked-note" }, permalink))
    : element("div", { class: "linked-chooser" }, element("p", {}, "Of this wreck no single request was kept as a trace."));
  return { node, choose, chosen, offer, link: (hash) => permalink.setAttribute("href", hash) };
}

/** The trace of the row that was pointed at: each stands a little below its own number (plotly_figure.py), its name above it. */
function ofRow(points, rows) {
  const [point] = points;
  return rows && point ? rows.split(",")[Math.round(point.y - 0.25)] : "";
}

/** Known traces in named groups: those picked out, the others of this picture, and of other runs. */
function groups(known, picked) {
  const all = [...known.values()];
  const here = all.filter(({ request }) => request);
  const inside = here.filter(({ id }) => picked && picked.has(id));
  const outside = here.filter(({ id }) => !picked || !picked.has(id));
  const elsewhere = all.filter(({ request }) => !request);
  return [
    ["in the box", inside], [picked ? "outside the box" : "in this picture", outside], ["of this wreck’s other runs", elsewhere],
  ].filter(([, traces]) => traces.length);
}

function fill(list, none, named) {
  const options = named.map(([name, traces]) => {
    const group = element("optgroup", { label: name });
    group.append(...traces.map((trace) => new Option(visible(full(trace)), trace.id)));
    return group;
  });
  list.replaceChildren(new Option(none, ""), ...options);
}

function full({ request, path, experiment, arm, shows, ms: took }) {
  const where = request ? `due at ${seconds(request.due)}, round ${request.round}` : `${experiment}, ${arm}`;
  return `${ms(took)}: ${(request && request.path) || path || "a request"}, ${where} (${shows.join(", ")})`;
}

function brief({ request, path, experiment, arm, shows }, linked) {
  const title = (linked.experiments[experiment] || { arms: {} }).arms[arm];
  return `${(request && request.path) || path || "a request"}, ${title ? title.title : arm} (${shows.join(", ")})`;
}
