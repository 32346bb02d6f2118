/* Postgres in a worker of its own, so that the page stays awake and whatever runs away can be ended with the worker.
   It is told a deed and what it needs, and answers {id, told} on the way, then {id, done} or {id, fault}. */
import { COLUMNS, copyText } from "./world.js";
import { literal, walk } from "./walk.js";

const ROWS_SHOWN = 50;

let db = null;

// --- loading

/** Fetch the engine's large files, telling how much has come. */
async function fetched(engine, files, tell) {
  const bytes = Object.values(files).reduce((sum, each) => sum + each, 0);
  let got = 0;
  const parts = await Promise.all(Object.keys(files).map(async (name) => {
    const answer = await fetch(engine + name);
    if (!answer.ok) throw new Error(`${name.split("/").pop()} answered ${answer.status}`);
    const chunks = [];
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return [name, new Blob(chunks)];
      chunks.push(value);
      got += value.length;
      tell({ loaded: got / bytes });
    }
  }));
  return Object.fromEntries(parts);
}

const compiled = async (blob) => WebAssembly.compile(await blob.arrayBuffer());

/** Start Postgres. `engine` is the address of its folder, `files` its large files and their bytes, `settings` what its planner is to
    go by. */
async function open({ engine, files, settings }, tell) {
  const [parts, { PGlite }, { pg_trgm }] = await Promise.all([
    fetched(engine, files, tell), import(`${engine}dist/index.js`), import(`${engine}dist/contrib/pg_trgm.js`),
  ]);
  const wasm = ["dist/pglite.wasm", "dist/initdb.wasm"].map((name) => compiled(parts[name]));
  const [pgliteWasmModule, initdbWasmModule] = await Promise.all(wasm);
  db = await PGlite.create({ pgliteWasmModule, initdbWasmModule, fsBundle: parts["dist/pglite.data"], extensions: { pg_trgm } });
  for (const [name, value] of Object.entries(settings)) await db.exec(`SET ${name} TO ${literal(value)}`);
  return { version: await one("SHOW server_version") };
}

const one = async (sql) => (await db.exec(sql, { rowMode: "array" })).at(-1).rows[0][0];

// --- the data

/** Make the world anew: its tables, its rows by COPY, its foreign keys; VACUUM ANALYZE. Return what it is. */
async function fill({ schema, keys, world }, tell) {
  const began = performance.now(), encoder = new TextEncoder(), sent = [];
  let rolls = 0;
  await db.exec(`DROP TABLE IF EXISTS ${Object.keys(COLUMNS).join(", ")} CASCADE; BEGIN; ${schema.join("; ")}`);
  for (const [table, text] of copyText(world)) {
    const bytes = encoder.encode(text);
    sent.push(bytes);
    await db.exec(`COPY ${table} (${COLUMNS[table]}) FROM '/dev/blob' (FREEZE)`, { blob: new Blob([bytes]) });
    if (table === "tw_rolls") tell({ rolls: (rolls += text.split("\n").length - 1) });
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

/** Run a page's statements so many times; return the times in ms, what the last answer was, and each statement as first sent. */
async function run({ steps, repeats, waitMs }, tell) {
  const times = [];
  let seen = null;
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
  const { message, code, detail, hint, position, query } = fault;
  const isSql = Boolean(code && fault.severity);
  return { message: String(message || fault), code, detail, hint, query, position: Number(position) || null, isSql };
}

const deeds = { open, fill, run, explain, change, indexes };

addEventListener("message", async ({ data: { id, deed, given } }) => {
  try {
    postMessage({ id, done: await deeds[deed](given, (told) => postMessage({ id, told })) });
  } catch (fault) {
    // A statement may have left a transaction open; the next would only be told so.
    if (db) await db.exec("ROLLBACK").catch(() => {});
    postMessage({ id, fault: plain(fault) });
  }
});
