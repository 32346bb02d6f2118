/* PGlite's large files: fetched once, packed, told of by bytes, and kept, so that a start after that asks the network for nothing. */

const NAMED = { "dist/pglite.wasm.gz": "pgliteWasmModule", "dist/initdb.wasm.gz": "initdbWasmModule", "dist/pglite.data.gz": "fsBundle" };
const EXTENSION = "dist/pg_trgm.tar.gz"; // PGlite unpacks it itself
const MOST_OFTEN_MS = 100;

/** Whether bytes begin as gzip does. Some servers call a .gz file packed on the way, and then a browser has unpacked it. */
const isPacked = ([first, second]) => first === 0x1f && second === 0x8b;

/** Fetch a file; return its bytes as a stream, unpacked if `isWhole`. `hear` is told how many have come, each time some do. */
async function fetched(url, isWhole, hear) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url.split("/").pop()} answered ${answer.status}`);
  const reader = answer.body.getReader();
  const begun = await reader.read();
  const pass = ({ done, value }, to) => {
    if (done) return to.close();
    hear(value.length);
    to.enqueue(value);
  };
  const all = new ReadableStream({
    start: (to) => pass(begun, to), pull: async (to) => pass(await reader.read(), to), cancel: (why) => reader.cancel(why),
  });
  return isWhole && isPacked(begun.value || []) ? all.pipeThrough(new DecompressionStream("gzip")) : all;
}

/** Fetch `files`, a name to its bytes, telling {loaded, of} in bytes. Return what PGlite is given: its modules, compiled as they come,
    its first files and its extension as blobs. A page can keep it all. */
export async function load(engine, files, tell) {
  const of = Object.values(files).reduce((sum, each) => sum + each, 0);
  let loaded = 0, last = 0;
  const hear = (bytes) => {
    loaded += bytes;
    const now = performance.now();
    if (now - last < MOST_OFTEN_MS && loaded < of) return;
    last = now;
    tell({ loaded: Math.min(loaded, of), of });
  };
  const parts = await Promise.all(Object.keys(files).map(async (file) => {
    const name = NAMED[file] || "extension";
    const stream = await fetched(engine + file, file in NAMED, hear);
    if (!file.includes(".wasm")) return [name, await new Response(stream).blob()];
    return [name, await WebAssembly.compileStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }))];
  }));
  return Object.fromEntries(parts);
}

/** Have PGlite's own request for its extension answered from what is kept: it takes an address and no file. */
export async function lend(engine, { extension }) {
  const isGzip = isPacked(new Uint8Array(await extension.slice(0, 2).arrayBuffer()));
  const headers = isGzip ? {} : { "Content-Encoding": "gzip" }; // PGlite goes by this line
  const abroad = globalThis.fetch;
  globalThis.fetch = (asked, ...more) => {
    const isIt = String(asked) === engine + EXTENSION;
    return isIt ? Promise.resolve(new Response(extension, { headers })) : abroad.call(globalThis, asked, ...more);
  };
}
