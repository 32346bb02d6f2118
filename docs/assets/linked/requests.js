/** Single requests of a run, and which of them a reader picked out: by when they were due (s) and how long they took (ms). Pure. */

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const BOX = new RegExp(`^(${NUMBER})-(${NUMBER})s,(${NUMBER})-(${NUMBER})ms$`);
const TRACE = /^[0-9a-f]{8,64}$/;

/** The requests of some arms and rounds of one experiment: {arm, round, due, took, path, status, trace, layers}. */
export function requestsOf({ paths, runs }, { experiment, arms, rounds }) {
  const wanted = runs.filter((run) => run.experiment === experiment && arms.includes(run.arm) && rounds.includes(run.round));
  return wanted.flatMap(({ arm, round, due_s: due, latency_ms: took, path, status, trace, layers_ms: layers }) => due.map((at, i) => ({
    arm, round, due: at, took: took[i], path: paths[path[i]], status: status[i], trace: trace[i] || null,
    layers: Object.keys(layers).length ? Object.fromEntries(Object.entries(layers).map(([layer, ms]) => [layer, ms[i]])) : null,
  })));
}

/** The box that holds all of them, its ends as a form shows them. */
export function boxAround(requests) {
  const ends = (values) => [Math.min(...values), Math.max(...values)];
  const [from, to] = ends(requests.map(({ due }) => due));
  const [least, most] = ends(requests.map(({ took }) => took));
  return widened({ from, to, least, most });
}

/** The same box with ends of few digits, none of them further in. */
export function widened({ from, to, least, most }) {
  return { from: rounded(from, Math.floor), to: rounded(to, Math.ceil), least: rounded(least, Math.floor), most: rounded(most, Math.ceil) };
}

/** A number of at most four digits that matter, towards one side. */
function rounded(value, way) {
  if (!(value > 0)) return 0;
  const power = 10 ** (3 - Math.floor(Math.log10(value)));
  return Number((way(value * power * (way === Math.ceil ? 1 - 1e-9 : 1 + 1e-9)) / power).toPrecision(6));
}

export function isIn({ due, took }, { from, to, least, most }) {
  return due >= from && due <= to && took >= least && took <= most;
}

export const sameBox = (a, b) => ["from", "to", "least", "most"].every((end) => Math.abs(a[end] - b[end]) <= 1e-9 * Math.abs(a[end]));

/** What a form's four fields say, ends put in order; null where one is no number. */
export function readBox(fields) {
  const [from, to, least, most] = ["from", "to", "least", "most"].map((end) => (String(fields[end]).trim() === "" ? NaN : Number(fields[end])));
  if (![from, to, least, most].every(Number.isFinite)) return null;
  const [a, b, c, d] = [...[from, to].sort((x, y) => x - y), ...[least, most].sort((x, y) => x - y)].map((end) => Math.max(end, 0));
  return { from: a, to: b, least: c, most: d };
}

/** The slowest tenth, as a box. */
export function slowestTenth(requests) {
  const around = boxAround(requests);
  const ordered = requests.map(({ took }) => took).sort((a, b) => a - b);
  return { ...around, least: rounded(ordered[Math.floor((ordered.length * 9) / 10)], Math.floor) };
}

const mean = (values) => (values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0);

/** How those inside differ from the others, by layer: [{layer, inside, outside}] in ms a request; [] where layers were not kept. */
export function byLayer(inside, outside, layers) {
  const told = (requests) => requests.filter((request) => request.layers);
  if (!told(inside).length) return [];
  const means = (requests, layer) => mean(told(requests).map((request) => request.layers[layer] || 0));
  return layers.map((layer) => ({ layer, inside: means(inside, layer), outside: means(outside, layer) }))
    .filter((row) => row.inside > 0 || row.outside > 0);
}

export const meanTook = (requests) => mean(requests.map(({ took }) => took));

// --- the address of a selection: #<exhibit>:1.6-3.7s,20-128ms:<trace>+<trace>

/** What an address's hash says of an exhibit, {id, box, traces}; null where it is no such address. */
export function readHash(hash) {
  const [id, ...parts] = hash.replace(/^#/, "").split(":");
  if (!/^[a-z][a-z0-9-]*$/.test(id) || !parts.length || parts.length > 2) return null;
  let box = null;
  let traces = [];
  for (const part of parts) {
    const ends = BOX.exec(part);
    const ids = part.split("+");
    if (ends) box = readBox({ from: ends[1], to: ends[2], least: ends[3], most: ends[4] });
    else if (ids.length <= 2 && ids.every((each) => TRACE.test(each))) traces = ids;
    else return null;
  }
  return { id, box, traces };
}

export function writeHash({ id, box, traces }) {
  const shown = box ? [`${plain(box.from)}-${plain(box.to)}s,${plain(box.least)}-${plain(box.most)}ms`] : [];
  return `#${[id, ...shown, ...(traces.length ? [traces.join("+")] : [])].join(":")}`;
}

/** A number without an exponent. */
const plain = (value) => (value < 1e-6 ? "0" : String(Number(value.toPrecision(6))));
