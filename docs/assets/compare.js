/* Two records of one wreck held against each other, in the browser: what scenarios/compare/ does, by the same rules.
   A test feeds both the same records. Pure: it reads no page and asks no server. Needs record.js. */
(() => {
  "use strict";

  const { Refusal, typeOf } = window.wreckRecord;
  const RULES = {
    margin: 1.15,
    share_margin: 0.05,
    memory_tolerance: 0.05,
    machine_units: ["us", "ms", "s", "min", "bytes", "kB", "MB", "GB", "/s"],
    set_up: [
      "scale", "loop", "rate_per_s", "clients", "arrivals", "workers", "probes", "round_trip_ms", "memory_limit_mb", "hosts_apart",
    ],
    reference_arm: "wrecked",
    // Two-sided 95 % quantiles of Student's t by degrees of freedom, 1 to 30.
    t95: [
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
      2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ],
  };
  const DEFAULTS = { round_trip_ms: 0, hosts_apart: false };

  // --- statistics: scenarios/compare/welch.py

  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const mean = (values) => sum(values) / values.length;
  const least = (values) => values.reduce((a, b) => Math.min(a, b));
  const most = (values) => values.reduce((a, b) => Math.max(a, b));
  const geometric = (values) => Math.exp(mean(values.map(Math.log)));

  function squaredError(values) {
    if (least(values) === most(values)) return 0;
    const centre = mean(values);
    return sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1) / values.length;
  }

  function welch(a, b) {
    const value = mean(b) - mean(a);
    if (Math.min(a.length, b.length) < 2) return [value, null];
    const [ofA, ofB] = [squaredError(a), squaredError(b)];
    if (ofA + ofB === 0) return [value, null];
    const [shareA, shareB] = [ofA / (ofA + ofB), ofB / (ofA + ofB)];
    const degrees = 1 / (shareA ** 2 / (a.length - 1) + shareB ** 2 / (b.length - 1));
    const t = RULES.t95[Math.min(Math.floor(degrees + 1e-9), RULES.t95.length) - 1];
    return [value, t * Math.sqrt(ofA + ofB)];
  }

  function effectOf(a, b, isRatio) {
    const [value, half] = isRatio ? welch(a.map(Math.log), b.map(Math.log)) : welch(a, b);
    const [low, high] = half === null ? [null, null] : [value - half, value + half];
    const back = (x) => (x === null || !isRatio ? x : Math.exp(x));
    return { by: isRatio ? "ratio" : "difference", effect: back(value), low: back(low), high: back(high) };
  }

  function verdictOf({ by, low, high }, lowerIsBetter) {
    if (low === null) return "cannot tell";
    const [from, none, to] = by === "ratio" ? [1 / RULES.margin, 1, RULES.margin] : [-RULES.share_margin, 0, RULES.share_margin];
    if (from <= low && high <= to) return "same";
    if (low <= none && none <= high) return "cannot tell";
    return (high < none) === lowerIsBetter ? "better" : "worse";
  }

  // --- machines: scenarios/compare/machines.py

  const systemOf = ({ kernel }) => kernel.split(" ")[0];

  function unlike(a, b) {
    const why = [];
    if (a.cpu_model !== b.cpu_model) why.push(`another processor: ${a.cpu_model} and ${b.cpu_model}`);
    if (a.cpu_count !== b.cpu_count) why.push(`another number of processors: ${a.cpu_count} and ${b.cpu_count}`);
    if (Math.abs(a.memory_mb - b.memory_mb) > RULES.memory_tolerance * Math.max(a.memory_mb, b.memory_mb)) {
      why.push(`another size of memory: ${a.memory_mb} and ${b.memory_mb} MB`);
    }
    if (systemOf(a) !== systemOf(b)) why.push(`another kind of system: ${systemOf(a)} and ${systemOf(b)}`);
    return why;
  }

  const shown = (value) => (value === null ? "none" : value === true ? "yes" : value === false ? "no" : String(value));

  function flat(environment) {
    const found = new Map();
    for (const [name, value] of Object.entries(environment)) {
      if (typeOf(value) === "object") for (const [key, text] of Object.entries(value)) found.set(`${name}.${key}`, text);
      else found.set(name, shown(value));
    }
    return found;
  }

  function differences(a, b) {
    const [ofA, ofB] = [flat(a), flat(b)];
    const names = [...new Set([...ofA.keys(), ...ofB.keys()])].sort().filter((name) => ofA.get(name) !== ofB.get(name));
    return Object.fromEntries(names.map((name) => [name, [ofA.get(name) ?? null, ofB.get(name) ?? null]]));
  }

  function setUpDifferently(a, b, name) {
    const [ofA, ofB] = [a.experiments[name], b.experiments[name]];
    const of = (experiment, field) => experiment[field] ?? DEFAULTS[field] ?? null;
    const why = RULES.set_up.filter((field) => of(ofA, field) !== of(ofB, field))
      .map((field) => `${field} ${shown(of(ofA, field))} and ${shown(of(ofB, field))}`);
    const hash = ({ datasets }, scale) => (Object.hasOwn(datasets, scale) ? datasets[scale].sha256 : null);
    return why.length || hash(a, ofA.scale) === hash(b, ofB.scale) ? why : ["other data"];
  }

  // --- records: scenarios/compare/records.py

  const both = (a, b) => Object.keys(a).filter((name) => Object.hasOwn(b, name)).sort();
  const without = (a, b) => Object.keys(a).filter((name) => !Object.hasOwn(b, name)).sort();

  /** Hold record `b` against record `a`, both as `read` returned them; what comes out is Comparison's JSON. */
  function compare(a, b) {
    if (a.wreck !== b.wreck) throw new Refusal(`They are of two wrecks: ${a.wreck} and ${b.wreck}.`);
    const [claimsA, claimsB] = [a.claims || {}, b.claims || {}];
    const why = unlike(a.environment, b.environment);
    const shared = both(a.experiments, b.experiments);
    const other = new Map(shared.map((name) => [name, setUpDifferently(a, b, name)]).filter(([, reasons]) => reasons.length));
    const baseless = other.size === shared.length ? "no experiment was set up alike" : "";
    return {
      wreck: a.wreck, a: side(a), b: side(b), unlike_machines: why, environment: differences(a.environment, b.environment),
      warnings: [...trials(a, b), ...[...other].map(differing)],
      claims: both(claimsA, claimsB).map((name) => claimRow(name, claimsA[name], claimsB[name], why.length > 0, baseless)),
      arms: shared.filter((name) => !other.has(name)).flatMap((name) => armRows(a, b, name, why.length > 0)),
      only_a: only(a, b), only_b: only(b, a),
    };
  }

  const side = ({ made_at, commit, publishable }) => ({ made_at, commit, publishable });

  function trials(a, b) {
    return [["A", a], ["B", b]].filter(([, { publishable }]) => !publishable)
      .map(([name, record]) => `${name} is a trial, not to be published: ${record.unpublishable_because.join("; ")}`);
  }

  function differing([name, reasons]) {
    return `experiment ${name} was set up differently (${reasons.join(", ")}): its arms are not compared`;
  }

  function only(a, b) {
    const found = without(a.experiments, b.experiments).map((name) => `experiment ${name}`);
    for (const name of both(a.experiments, b.experiments)) {
      found.push(...without(a.experiments[name].arms, b.experiments[name].arms).map((arm) => `arm ${name}/${arm}`));
    }
    return [...found, ...without(a.claims || {}, b.claims || {}).map((name) => `claim ${name}`)];
  }

  function claimRow(name, a, b, isUnlike, baseless) {
    const given = {
      kind: "claim", name, unit: b.unit, over: null, a: a.measured.value, b: b.measured.value,
      rounds: [a.measured.rounds.length, b.measured.rounds.length], holds: [a.holds, b.holds],
    };
    const bound = ({ at_least = null, at_most = null }) => [at_least, at_most];
    const [[leastA, mostA], [leastB, mostB], exactA, exactB] = [bound(a), bound(b), Boolean(a.is_exact), Boolean(b.is_exact)];
    if (a.unit !== b.unit) return untold(given, `another unit: '${a.unit}' and '${b.unit}'`);
    if (isUnlike && RULES.machine_units.includes(a.unit)) return untold(given, `refused: ${a.unit} on unlike machines`);
    if ((leastA === null) !== (leastB === null) || exactA !== exactB) return untold(given, "the claim is put to another test");
    const why = baseless || (leastA !== leastB || mostA !== mostB ? "its bound changed" : "");
    if (!exactA) return byRounds(given, a.measured.rounds, b.measured.rounds, leastA === null, why, Boolean(baseless));
    if (why) return untold(given, why);
    const verdict = a.holds === b.holds ? "same" : b.holds ? "better" : "worse";
    return { ...given, by: "bound", effect: null, low: null, high: null, verdict, because: "" };
  }

  function armRows(a, b, experiment, isUnlike) {
    const [ofA, ofB] = [a.experiments[experiment].arms, b.experiments[experiment].arms];
    const shared = both(ofA, ofB);
    const reference = shared.includes(RULES.reference_arm) ? RULES.reference_arm : shared[0];
    return shared.map((arm) => {
      const name = `${experiment}/${arm}`;
      if (!isUnlike) return armRow(name, values(ofA[arm]), values(ofB[arm]), null);
      if (arm !== reference) return armRow(name, relative(ofA[arm], ofA[reference]), relative(ofB[arm], ofB[reference]), reference);
      return untold(givenArm(name, values(ofA[arm]), values(ofB[arm]), null), "refused: ms on unlike machines");
    });
  }

  function armRow(name, a, b, over) {
    const given = givenArm(name, a, b, over);
    if (a.length && b.length) return byRounds(given, a, b, true, "", false);
    return untold(given, `no latency_ms.p50 in ${!a.length && !b.length ? "either" : a.length ? "B" : "A"}`);
  }

  function givenArm(name, a, b, over) {
    const middle = (found) => (!found.length ? null : least(found) > 0 ? geometric(found) : mean(found));
    return { kind: "arm", name, unit: over ? "times" : "ms", over, rounds: [a.length, b.length], holds: null, a: middle(a), b: middle(b) };
  }

  /** Round to the arm's median latency, in order. */
  function byRound({ rounds }) {
    const found = rounds.map((round) => [round.round, round.latency_ms.p50 ?? null]).filter(([, value]) => value !== null);
    return new Map([...new Map(found)].sort(([a], [b]) => a - b));
  }

  const values = (arm) => [...byRound(arm).values()];

  function relative(arm, reference) {
    const under = byRound(reference);
    return [...byRound(arm)].filter(([round]) => under.get(round) > 0).map(([round, value]) => value / under.get(round));
  }

  function byRounds(given, a, b, lowerIsBetter, why, isUntold) {
    const isRatio = least([...a, ...b]) > 0;
    if (!isRatio && given.unit !== "share") return untold(given, "zero or less has no ratio");
    const effect = effectOf(a, b, isRatio);
    // No interval is needed, however wide, where nothing differs.
    const isVerySame = a.length === b.length && a.every((value, at) => value === b[at]);
    if (isVerySame && !isUntold && !why) return { ...given, ...effect, verdict: "same", because: "the very same rounds" };
    const verdict = isUntold ? "cannot tell" : verdictOf(effect, lowerIsBetter);
    const none = Math.min(a.length, b.length) === 1 ? "one round has no interval" : "rounds without any spread have no interval";
    return { ...given, ...effect, verdict, because: why || (effect.low === null ? none : "") };
  }

  function untold(given, because) {
    return { ...given, by: "nothing", effect: null, low: null, high: null, verdict: "cannot tell", because };
  }

  window.wreckCompare = { RULES, compare };
})();
