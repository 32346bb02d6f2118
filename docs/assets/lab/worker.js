/* Postgres in a worker of its own, so that the page stays awake and whatever runs away can be ended with the worker.
   It is told a deed and what it needs, and answers {id, told} on the way, then {id, done} or {id, fault}. */
import { load, lend } from "./engine.js";
import { COLUMNS, copyText } from "./world.js";
import { literal, walk } from "./walk.js";

const ROWS_SHOWN = 50;
const MOST_ROWS = 1_000_000; // of an answer: a browser ends a page whose worker has no room left

let db = null;

// --- loading

/** Read PGlite's code, and nothing more. `engine` is the address of its folder. */
const ready = ({ engine }) => Promise.all([import(`${engine}dist/index.js`), import(`${engine}dist/contrib/pg_trgm.js`)]);

/** Start Postgres. `files` are the engine's large files and their bytes, `kept` what an earlier start has returned as such. */
async function open({ engine, files, kept }, tell) {
  const [parts, [{ PGlite }, { pg_trgm }]] = await Promise.all([kept || load(engine, files, tell), ready({ engine })]);
  tell({ isStarting: true });
  await lend(engine, parts);
  const { pgliteWasmModule, initdbWasmModule, fsBundle } = parts;
  db = await PGlite.create({ pgliteWasmModule, initdbWasmModule, fsBundle, extensions: { pg_trgm } });
  return { version: await one("SHOW server_version"), kept: parts };
}

const one = async (sql) => (await db.exec(sql, { rowMode: "array" })).at(-1).rows[0][0];

// --- the data

/** Drop whatever a reader has made, and whatever was made before, and have the planner go by `settings`. */
async function clear(settings) {
  await db.exec("ROLLBACK");
  await db.exec("DISCARD ALL");
  for (const [name, value] of Object.entries(settings)) await db.exec(`SET ${name} TO ${literal(value)}`);
  await db.exec(`DO $$ DECLARE it name; BEGIN
    FOR it IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
      EXECUTE format('DROP SCHEMA %I CASCADE', it);
    END LOOP; END $$`);
  await db.exec("CREATE SCHEMA public");
}

/** Make the world anew: its tables, its rows by COPY, its foreign keys; VACUUM ANALYZE. Return what it is. */
async function fill({ schema, keys, world, settings }, tell) {
  const began = performance.now(), encoder = new TextEncoder(), sent = [];
  let rolls = 0;
  await clear(settings);
  await db.exec(`BEGIN; ${schema.join("; ")}`);
  for (const [table, text] of copyText(world)) {
    const bytes = encoder.encode(text);
    sent.push(bytes);
    await db.exec(`COPY ${table} (${COLUMNS[table]}) FROM '/dev/blob' (FREEZE)`, { blob: new Blob([bytes]) });
    if (table === "tw_rolls") tell({ rolls: (rolls += text.split("\n").length - 1), of: world.rolls });
  }
  await db.exec(`${keys.join("; ")}; COMMIT`);
  await db.exec(`VACUUM (ANALYZE) ${Object.keys(COLUMNS).join(", ")}`);
  const ms = performance.now() - began;
  return { rolls: Number(await one("SELECT count(*) FROM tw_rolls")), sha256: await hashed(sent), ms };
}

/** The SHA-256 of all that was sent, null where the browser lends none: outside https and localhost. */
async function hashed(parts) {
  if (!globalThis.crypto || !crypto.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// --- asking

const asked = async (sql) => (await db.exec(sql, { rowMode: "array" })).at(-1) || { rows: [], fields: [] };

/** A value as text, null as it is. */
function said(value) {
  if (value === null) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** 32 bits (FNV-1a) of a text, to tell whether two are alike. */
function sum32(text) {
  let sum = 2166136261;
  for (let i = 0; i < text.length; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 16777619);
  return sum >>> 0;
}

/** Refuse a statement whose answer the planner expects to be more than a page can hold. */
async function weigh(sql) {
  const told = await one(`EXPLAIN (FORMAT JSON) ${sql}`).catch((fault) => { if (!fault.code) throw fault; });
  if (!told) return; // what is wrong with it is said, and placed, when it runs
  const rows = (typeof told === "string" ? JSON.parse(told) : told)[0].Plan["Plan Rows"];
  if (rows <= MOST_ROWS) return;
  const said = `Its planner expects ${rows.toLocaleString("en")} rows: more than a page can hold. Ask for a count, or add a LIMIT.`;
  throw Object.assign(new Error(said), { isRefusal: true });
}

/** Run a page's statements so many times; return the times in ms, what the last answer was, and each statement as first sent. */
async function run({ steps, repeats, waitMs, isReading }, tell) {
  const times = [];
  let seen = null;
  if (isReading && steps.length === 1) await weigh(steps[0].sql);
  for (let turn = 1; turn <= repeats; turn++) {
    seen = await walk(steps, waitMs, asked, (statements) => tell({ turn, statements }));
    times.push(seen.ms);
  }
  const { answer, statements, first } = seen;
  return {
    times, statements, first,
    // To be told from another way's answer; of many statements the first one's rows are not the whole.
    answer: steps.length === 1 ? sum32(JSON.stringify(answer.rows.map((row) => row.map(said)))) : null,
    columns: answer.fields.map(({ name }) => name),
    rows: answer.rows.slice(0, ROWS_SHOWN).map((row) => row.map(said)),
    rowCount: answer.fields.length ? answer.rows.length : answer.affectedRows || 0,
  };
}

/** Return what EXPLAIN tells of one statement, in JSON: it runs once more for it. */
async function explain({ sql }) {
  const told = await one(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${sql}`);
  return (typeof told === "string" ? JSON.parse(told) : told)[0];
}

/** Run statements one after the other, such as those that make or drop an index. */
async function change({ statements }) {
  for (const sql of statements) await db.exec(sql);
}

/** Return the indexes that the tables were not made with, name to definition. */
async function indexes() {
  const found = await asked(`
    SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_class t ON t.oid = i.indrelid WHERE t.relname LIKE 'tw\\_%' AND NOT i.indisunique ORDER BY 1`);
  return Object.fromEntries(found.rows);
}

// --- speaking with the page

/** A fault as data. Postgres's own have a code, and often a position, from 1, in the statement. */
function plain(fault) {
  const { name, message, code, detail, hint, position, query, isRefusal = false } = fault;
  const isSql = Boolean(code && fault.severity);
  return { name, message: String(message || fault), code, detail, hint, query, position: Number(position) || null, isSql, isRefusal };
}

const deeds = { ready: async (given) => { await ready(given); }, open, fill, run, explain, change, indexes };

addEventListener("message", async ({ data: { id, deed, given } }) => {
  try {
    postMessage({ id, done: await deeds[deed](given, (told) => postMessage({ id, told })) });
  } catch (fault) {
    // A statement may have left a transaction open; the next would only be told so.
    if (db) await db.exec("ROLLBACK").catch(() => {});
    postMessage({ id, fault: plain(fault) });
  }
});
