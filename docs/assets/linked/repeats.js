/** What a request asks again and again: scenarios/publish/traces/repeats.py, in the browser, with the same answers (a test compares them).
    A run is a short pattern that comes again at once, and a run may be part of a longer one. */

export const FEWEST = 3; // fewer repeats than this are no run
export const LONGEST = 6; // patterns of more members than this are not looked for

/** Runs in a list of strings as [start, period, repeats], apart from one another, in order: the longest is taken first. */
export function runs(sequence) {
  const found = [];
  const pieces = [[0, sequence.length]];
  while (pieces.length) {
    const [low, high] = pieces.pop();
    const best = longest(sequence, low, high);
    if (!best) continue;
    const [start, period, times] = best;
    found.push(best);
    pieces.push([low, start], [start + period * times, high]);
  }
  return found.sort(([a], [b]) => a - b);
}

/** The run that covers most of sequence[low:high]; of equals the one of the shortest pattern, then the first. */
function longest(sequence, low, high) {
  let best = null;
  let covered = 0;
  const most = Math.min(LONGEST, Math.floor((high - low) / FEWEST));
  for (let period = 1; period <= most; period += 1) {
    let start = low;
    for (let at = low + period; at <= high; at += 1) {
      if (at < high && sequence[at] === sequence[at - period]) continue;
      const times = Math.floor((at - start) / period);
      if (times >= FEWEST && times * period > covered) {
        best = [start, period, times];
        covered = times * period;
      }
      start = at - period + 1;
    }
  }
  return best;
}

/** The parts of a list of strings, in order and without gaps: {start, end, what, repeats, pattern, inside}. `pattern` has the
    members of what comes again, null for a single one; `inside` the parts that it was folded from, all repeats of them. */
export function folded(sequence) {
  let parts = sequence.map((what, i) => ({ start: i, end: i + 1, what, key: `s${what}`, repeats: 1, pattern: null, inside: [] }));
  for (let found = runs(parts.map(({ key }) => key)); found.length; found = runs(parts.map(({ key }) => key))) {
    for (const [start, period, times] of found.reverse()) {
      const inside = parts.slice(start, start + period * times);
      const pattern = inside.slice(0, period);
      const key = `p${JSON.stringify(pattern.map((part) => part.key))}`;
      const whole = { start: inside[0].start, end: inside[inside.length - 1].end, what: null, key, repeats: times, pattern, inside };
      parts = [...parts.slice(0, start), whole, ...parts.slice(start + period * times)];
    }
  }
  return parts;
}

/** How often the statements of a part came, those that take turns together: [[3, [games]], [51, [players, rolls]]]. */
export function tally(part) {
  return part.pattern ? tallyOf([part]) : [[1, [part.what]]];
}

function tallyOf(same) {
  const members = same[0].pattern;
  const own = members.filter(({ pattern }) => !pattern).map(({ what }) => what);
  const told = own.length ? [[same.reduce((sum, part) => sum + part.repeats, 0), own]] : [];
  members.forEach(({ pattern }, place) => {
    if (pattern) told.push(...tallyOf(same.flatMap(({ inside }) => inside.filter((_, i) => i % members.length === place))));
  });
  return told;
}
