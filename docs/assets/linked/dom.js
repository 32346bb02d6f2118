/** Elements, and nothing but elements: what evidence says becomes text nodes, never markup. */

import { visible } from "./quantity.js";

const SVG = "http://www.w3.org/2000/svg";

export const element = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
export const shape = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(name, value);
  node.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
  return node;
}

/** A table that scrolls within itself. Rows are lists of texts or nodes, the first of each heading it. */
export function table(caption, columns, rows, { withClass = "" } = {}) {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const row = ([first, ...cells]) =>
    element("tr", {}, element("th", { scope: "row" }, first), ...cells.map((cell) => element("td", {}, cell)));
  const body = rows.map(row);
  const drawn = element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { class: `exhibit-table ${withClass}`.trim(), role: "group", tabindex: "0", "aria-label": visible(caption) }, drawn);
}

export function fold(summary, ...children) {
  return element("details", {}, element("summary", {}, summary), ...children);
}

export function button(text, attributes = {}, onClick = null) {
  const made = element("button", { type: "button", ...attributes }, text);
  if (onClick) made.addEventListener("click", onClick);
  return made;
}
