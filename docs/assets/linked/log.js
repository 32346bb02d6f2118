/** The query log's kinds of statement, each to be opened: its text, the plan that was kept of it, the line that sends it. */

import { element } from "./dom.js";
import { digits, ms, visible } from "./quantity.js";
import { ANY, nameOf, senderKey } from "./spans.js";
import { show } from "./statement.js";

/** A list of them, as a node. `record`: record.json; `log`: {experiment, arms}, those drawn. */
export function log({ figure, chart }, context, record, { experiment, arms }) {
  const kinds = arms.flatMap((arm) => kindsOf(record.experiments[experiment].arms[arm]).map((one) => ({ ...one, arm })));
  const list = element("select", { id: `${figure.id}-statement` });
  const place = element("div", { class: "linked-place" });
  const option = ({ calls, mean_ms: mean, text }, i) => new Option(visible(`${letter(i)}: ${digits(calls)} calls of ${ms(mean)}, ${nameOf(text)}`), String(i));
  list.append(new Option("choose one, or click its mark", ""), ...kinds.map(option));
  const open = () => {
    const kind = kinds[Number(list.value)];
    place.classList.toggle("is-open", list.value !== "");
    place.replaceChildren();
    if (list.value === "") return;
    const key = senderKey(ANY, kind.text); // the log does not know which template was being rendered
    show(place, { sql: kind.text, key, times: kind.calls, took: kind.total_ms, isKind: true }, { experiment, arm: kind.arm }, context);
  };
  list.addEventListener("change", open);
  chart.on("plotly_click", ({ points }) => {
    const at = kinds.findIndex((_, i) => points.some(({ text }) => text === letter(i)));
    if (at < 0) return;
    list.value = String(at);
    open();
  });
  context.plans().catch(() => {}); // at hand when one is opened; a failure is told there
  const label = element("label", { for: list.id }, "One kind of statement, opened: ");
  return element("div", { role: "group", "aria-label": "Open a statement" }, element("div", { class: "exhibit-trace" }, label, list), place);
}

/** In the order in which the picture names them. */
function kindsOf({ statements }) {
  return statements.filter(({ mean_ms: mean }) => mean > 0).sort((a, b) => b.total_ms - a.total_ms);
}

const letter = (i) => String.fromCharCode(65 + (i % 26)) + (Math.floor(i / 26) || "");
