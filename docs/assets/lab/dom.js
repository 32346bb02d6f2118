/* Elements, tables and numbers. What data says reaches the page as text, never as markup. */

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Resolves when a style sheet is in force, fetched unless the page has it. */
export function styled(href) {
  if ([...document.styleSheets].some((each) => each.href === href)) return null;
  const sheet = element("link", { rel: "stylesheet", href });
  return new Promise((resolve, reject) => {
    sheet.onload = resolve;
    sheet.onerror = () => { sheet.remove(); reject(new Error("its style sheet did not load")); };
    document.head.append(sheet);
  });
}

/** A table in a box that scrolls and that a keyboard reaches. Cells are text, or elements. The first of a row names it. */
export function table(caption, columns, rows) {
  const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col" }, column)));
  const body = rows.map(([first, ...rest]) => {
    return element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell)));
  });
  const whole = element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { class: "exhibit-table", tabindex: "0", role: "group", "aria-label": caption }, whole);
}

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const significant = new Intl.NumberFormat("en", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

/** A number to three digits that matter; whole numbers whole. */
export const digits = (value) => (Number.isInteger(value) || Math.abs(value) >= 999.5 ? whole : significant).format(value);

/** A time in ms as it is read. */
export function time(ms) {
  const [size, unit] = ms >= 999.5 ? [1e-3, "s"] : ms >= 0.9995 || ms === 0 ? [1, "ms"] : [1e3, "µs"];
  return `${digits(ms * size)}\u00a0${unit}`;
}

export const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

export const count = (value, word) => `${digits(value)} ${word}${value === 1 ? "" : "s"}`;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
