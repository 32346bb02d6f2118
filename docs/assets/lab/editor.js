/* A page's statements as text that a reader can change, and back. */

const END = ";\n\n";

/** The statements of one way as text: each but the first with a word on what calls for it. */
export function textOf({ steps }) {
  if (steps.length === 1) return steps[0].sql;
  const words = ({ of, each }) => {
    if (of === null) return "-- once";
    return each ? `-- for each row of statement ${of + 1}, whose id is $1` : `-- once, for all rows of statement ${of + 1}`;
  };
  return steps.map((step, i) => `-- ${i + 1}\n${words(step)}\n${step.sql}`).join(END) + ";";
}

/** The text as steps again. Where a reader added or took away statements, the whole goes to Postgres at once. */
export function stepsOf(text, { steps }) {
  if (steps.length > 1) {
    const parts = text.split(/;[ \t]*(?:\n|$)/).filter((part) => part.replace(/--.*$/gm, "").trim());
    if (parts.length === steps.length) return steps.map((step, i) => ({ ...step, sql: parts[i].trim() }));
  }
  return [{ sql: text, of: null, each: false }];
}

/** Whether these can be run again and explained without changing anything. */
export const isReading = (steps) => steps.every(({ sql }) => {
  const bare = sql.replace(/--.*$/gm, "").replace(/\/\*[^]*?\*\//g, "").trim().replace(/;\s*$/, "");
  return /^(select|with|values|table)\b/i.test(bare) && !bare.includes(";") && !/\b(insert|update|delete|merge|into)\b/i.test(bare);
});

/** The line that Postgres points at, and a caret beneath the place; "" without a place. `position` counts from 1. */
export function pointed(sql, position) {
  if (!position || !sql) return "";
  const before = [...sql].slice(0, position - 1).join(""), line = before.split("\n").length;
  const column = before.length - (before.lastIndexOf("\n") + 1);
  const text = sql.split("\n")[line - 1] || "", from = Math.max(0, column - 40);
  return `line ${line}: ${text.slice(from, from + 80)}\n${" ".repeat(`line ${line}: `.length + column - from)}^`;
}
