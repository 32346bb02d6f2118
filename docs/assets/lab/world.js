/* The dice world as rows, made where it is used: the same bytes as scenarios/diceworld/generation.py makes from the same seed,
   which the evidence's own SHA-256 can confirm. Every draw happens in Python's order. */
import { random } from "./mersenne.js";

const DIE_SIDES = [4, 6, 8, 10, 12, 20];
const ROWS_PER_CHUNK = 5_000;

/** The names of the tables and their columns, in the order in which rows come. */
export const COLUMNS = {
  tw_players: "id, login, password, first_name, last_name",
  tw_rolls: "id, game_id, player_id, code, num_dice, die_sides, bonus, result",
  tw_games: "id, name",
  tw_player_to_game: "player_id, game_id",
};

/** Yield the whole world as [table, text], text in the format of COPY. `names` are those of scenarios/diceworld/names.py. */
export function* copyText({ players, rolls, seed, names }) {
  yield* chunks("tw_players", playerRows(players, names, random(2 * seed)));
  const games = [], seats = [];
  // A stream of its own, so that games do not hang on how many players were drawn.
  yield* chunks("tw_rolls", rollRows({ players, rolls, names }, random(2 * seed + 1), games, seats));
  yield* chunks("tw_games", games);
  yield* chunks("tw_player_to_game", seats);
}

function* chunks(table, rows) {
  let held = [];
  for (const row of rows) {
    held.push(row);
    if (held.length === ROWS_PER_CHUNK) {
      yield [table, held.join("")];
      held = [];
    }
  }
  if (held.length) yield [table, held.join("")];
}

const pick = (things, draw) => things[Math.floor(draw() * things.length)];

function* playerRows(count, { regulars, first, last }, draw) {
  const seen = new Set(), namesakes = new Map();
  for (let turn = 0; seen.size < count; turn++) {
    const name = turn < regulars.length ? regulars[turn] : [pick(first, draw), pick(last, draw)];
    const whole = name.join(" ");
    if (seen.has(whole)) continue;
    seen.add(whole);
    const stem = name[0][0].toLowerCase() + name[1].toLowerCase().replace(/[^\p{L}]/gu, "").slice(0, 8);
    namesakes.set(stem, (namesakes.get(stem) || 0) + 1);
    const password = Math.floor(draw() * 2 ** 52).toString(16).padStart(13, "0");
    yield `${seen.size}\t${stem}${namesakes.get(stem)}\t${password}\t${name[0]}\t${name[1]}\n`;
  }
}

function* rollRows({ players, rolls, names }, draw, games, seats) {
  const code = codes();
  let roll = 0;
  for (let left = rolls; left > 0;) {
    const game = games.length + 1;
    games.push(`${game}\t${pick(names.adjectives, draw)} ${pick(names.nouns, draw)} ${game}\n`);
    const atTable = distinct(2 + Math.floor(draw() * 5), players, draw);
    for (const player of atTable) seats.push(`${player}\t${game}\n`);
    const rolled = [];
    for (let count = 10 + Math.floor(draw() * 11); count > 0; count--) {
      const dice = 1 + Math.floor(draw() * 6), sides = pick(DIE_SIDES, draw);
      rolled.push(code(dice, sides, Math.floor(draw() * 5)));
    }
    for (const { cumulative, endings } of rolled) {
      for (const player of atTable) {
        const outcome = bisectRight(cumulative, draw());
        roll += 1;
        if (left-- > 0) yield `${roll}\t${game}\t${player}\t${endings[outcome]}`;
      }
    }
  }
}

function distinct(count, highest, draw) {
  const chosen = [];
  while (chosen.length < count) {
    const number = 1 + Math.floor(draw() * highest);
    if (!chosen.includes(number)) chosen.push(number);
  }
  return chosen;
}

/** A function that returns a dice code's chances and the last columns of its rolls, by outcome. */
function codes() {
  const known = new Map();
  return (dice, sides, bonus) => {
    const name = `${dice}d${sides}` + (bonus ? `+${bonus}` : "");
    if (!known.has(name)) {
      const ways = waysToRoll(dice, sides);
      let sum = 0;
      const cumulative = ways.map((n) => (sum += n) / sides ** dice).slice(0, -1);
      known.set(name, { cumulative, endings: ways.map((_, i) => `${name}\t${dice}\t${sides}\t${bonus}\t${dice + i + bonus}\n`) });
    }
    return known.get(name);
  };
}

/** In how many ways the dice can sum to `dice`, `dice + 1`, and so on. */
function waysToRoll(dice, sides) {
  let ways = [1];
  for (let die = 0; die < dice; die++) {
    const sum = (_, i) => ways.slice(Math.max(0, i - sides + 1), i + 1).reduce((a, b) => a + b, 0);
    ways = Array.from({ length: ways.length + sides - 1 }, sum);
  }
  return ways;
}

/** How many of `sorted` are at most `value`. */
function bisectRight(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < sorted[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}
