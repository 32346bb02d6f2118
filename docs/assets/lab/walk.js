/* A page's statements, sent one by one as the page sends them: one, and then for each of its rows the next, with a wait for
   every round trip. Or, where a step takes a list, one for all of them. */

/** A value as SQL: a number as it stands, all else in quotes. */
export const literal = (value) => (/^-?\d+$/.test(String(value)) ? String(value) : `'${String(value).replaceAll("'", "''")}'`);

/** A step's statement with its parameter in place: `$1`, or a list for `IN ($1 ...)`. */
export function filled({ sql, each }, values) {
  if (!values.length) return sql;
  if (each) return sql.replace(/\$1\b/g, () => literal(values[0]));
  return sql.replace(/\(\s*\$1\b[^)]*\)/, () => `(${values.map(literal).join(", ")})`);
}

/** Wait so many ms, and not one more: timers are too coarse for a round trip, so its last part is waited awake. */
export async function pause(ms) {
  const until = performance.now() + ms;
  if (ms > 30) await new Promise((resolve) => setTimeout(resolve, ms - 25));
  while (performance.now() < until);
}

/** Walk `steps`: [{sql, of, each}], `of` the step whose column "id" is taken, null for the first. `ask` sends one statement.
    Return {ms, statements, answer (of the first step), first: each step's statement as first sent}. */
export async function walk(steps, waitMs, ask, tell) {
  const first = [], asked = new Set();
  let statements = 0;

  async function send(index, values) {
    const sql = filled(steps[index], values);
    first[index] = first[index] || sql;
    if (waitMs) await pause(waitMs);
    const answer = await ask(sql);
    statements += 1;
    tell(statements);
    return answer;
  }

  const ids = ({ rows, fields }) => {
    const at = fields.findIndex(({ name }) => name === "id");
    if (at < 0 && rows.length) throw new Error("The next statement takes the column \"id\" of this one's rows, and it has none.");
    return rows.map((row) => row[at]);
  };
  const after = (index) => steps.flatMap(({ of }, child) => (of === index ? [child] : []));

  async function visit(index, values) {
    const answer = await send(index, values);
    const next = after(index);
    if (!next.length) return answer;
    const found = ids(answer);
    for (const child of next.filter((child) => !steps[child].each)) {
      const all = [...new Set(found)];
      if (all.length) await visit(child, all);
    }
    const single = next.filter((child) => steps[child].each);
    for (const id of found) {
      for (const child of single) {
        if (asked.has(`${child} ${id}`)) continue; // a session remembers what it has loaded
        asked.add(`${child} ${id}`);
        await visit(child, [id]);
      }
    }
    return answer;
  }

  const began = performance.now();
  const answer = await visit(0, []);
  return { ms: performance.now() - began, statements, answer, first };
}
