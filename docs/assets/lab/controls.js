/* The lab's form: which statement, on how much data, with which indexes, how often, how far away. */
import { digits, element } from "./dom.js";

const REPEATS = [1, 5, 15];
const LIMITS_S = [10, 30, 120];
const FARTHEST_MS = 20;

/** Build the form for a lab's document. Return its whole and its parts by name. */
export function controls({ wreck, ways, scales, indexes, isChatty }) {
  const id = (name) => `lab-${wreck}-${name}`;
  const field = (name, label, input) => {
    input.id = id(name);
    return element("p", { class: "lab-field" }, element("label", { for: input.id }, label), input);
  };
  const choice = (options, chosen) => {
    return element("select", {}, ...options.map(([value, text]) => element("option", { value, selected: value === chosen }, text)));
  };

  const way = choice(ways.map(({ name, title }) => [name, title]));
  const scale = choice(scales.map(({ name, rolls }) => [name, `${digits(rolls)} rolls`]));
  const repeats = choice(REPEATS.map((n) => [n, n === 1 ? "once" : `${n} times, their median`]), 5);
  const limit = choice(LIMITS_S.map((s) => [s, `${s} s`]), 30);
  const plain = { spellcheck: "false", autocapitalize: "off", autocomplete: "off" };
  const sql = element("textarea", { rows: 14, ...plain, "aria-describedby": id("keys") });
  const boxes = element("span", { class: "lab-boxes" });
  const wait = element("input", { type: "range", min: 0, max: FARTHEST_MS, step: 0.5, value: 0 });
  // The slider itself says it to a screen reader.
  const waited = element("output", { for: id("wait"), "aria-hidden": "true" });
  const tell = () => {
    waited.textContent = `${wait.value} ms`;
    wait.setAttribute("aria-valuetext", waited.textContent);
  };
  wait.addEventListener("input", tell);
  tell();

  const button = (text, kind = null) => element("button", { type: "button", class: kind }, text);
  const run = button("Run", "lab-run"), cancel = button("Cancel"), reset = button("Reset everything");
  wait.id = id("wait");
  const farLabel = element("label", { for: wait.id }, "Round trip added to every statement ");
  const far = isChatty && element("p", { class: "lab-field lab-far" }, farLabel, wait, waited);

  const form = element("form", { class: "lab-form", "aria-label": "Ask the database" },
    element("div", { class: "lab-row" }, field("way", "Statement", way), field("scale", "Data", scale)),
    element("fieldset", {}, element("legend", {}, "Indexes, made and dropped as you tick them"), boxes),
    field("sql", "SQL, yours to change", sql),
    ...(far ? [far] : []),
    element("div", { class: "lab-row" }, field("repeats", "Run", repeats), field("limit", "Stop after", limit)),
    element("p", { class: "lab-act" }, run, cancel, reset, element("span", { id: id("keys") }, "Ctrl and Enter in the SQL runs it.")));
  form.addEventListener("submit", (event) => event.preventDefault());
  return { form, parts: { way, scale, repeats, limit, sql, boxes, wait, run, cancel, reset }, known: indexes };
}

/** Show the indexes there are as ticked boxes, with those that the evidence knows and that are not there as empty ones. */
export function showIndexes({ parts, known }, there, change) {
  const names = [...new Set([...known.map(({ name }) => name), ...Object.keys(there)])];
  parts.boxes.replaceChildren(...names.map((name) => {
    const box = element("input", { type: "checkbox", value: name, checked: name in there });
    box.addEventListener("change", () => change(name, box.checked));
    const definition = there[name] || known.find((each) => each.name === name).statements.at(-1);
    return element("label", { title: definition }, box, " ", element("code", {}, name));
  }));
  if (!names.length) parts.boxes.textContent = "none are known here; make one in SQL";
}
