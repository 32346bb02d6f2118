/** Numbers and texts as the pages write them: scenarios/publish/units.py and characters.py, in the browser. Tests compare the two. */

const NO_BREAK = "\u00a0";
const TIMES = [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1]];

/** Three digits that matter, thousands apart, below zero with a minus sign. */
export function digits(value) {
  if (value < 0) return "\u2212" + digits(-value);
  if (Number.isInteger(value) && value < 1e15) return value.toLocaleString("en");
  const rounded = Number(value.toPrecision(3));
  const places = Math.max(0, 2 - Number(rounded.toExponential().split("e")[1]));
  const least = rounded === value ? 0 : places; // exact, so declared: no zeros that would claim precision
  return rounded.toLocaleString("en", { minimumFractionDigits: least, maximumFractionDigits: places });
}

function time(value, size, named) {
  // What rounds to a thousand of one is one of the next.
  const fitting = TIMES.filter(([, to]) => Math.abs((value * size) / to) >= 0.9995);
  const [unit, to] = fitting.pop() || (value ? TIMES[0] : [named, size]);
  return digits((value * size) / to) + NO_BREAK + unit;
}

export const ms = (value) => time(value, 1e-3, "ms");
export const seconds = (value) => time(value, 1, "s");
export const share = (value) => `${digits(value / 0.01)}${NO_BREAK}%`;

/** By how much, with its sign. */
export const change = (value) => (value < 0 ? "" : "+") + ms(value);

/** Pictures for control characters, and none that turn the words around them about. */
export function visible(text) {
  return String(text)
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, (character) => String.fromCharCode(0x2400 + character.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
