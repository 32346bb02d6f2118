/* PGlite's large files: fetched once, told of by bytes, and kept, so that a start after that asks the network for nothing. */

const NAMED = { "dist/pglite.wasm": "pgliteWasmModule", "dist/initdb.wasm": "initdbWasmModule", "dist/pglite.data": "fsBundle" };
const EXTENSION = "dist/pg_trgm.tar.gz";
const MOST_OFTEN_MS = 100;

/** Fetch `files`, a name to its bytes, telling {loaded, of} in bytes. Return each as a blob. */
async function fetched(engine, files, tell) {
  const of = Object.values(files).reduce((sum, each) => sum + each, 0);
  let loaded = 0, last = 0;
  const parts = await Promise.all(Object.keys(files).map(async (name) => {
    const answer = await fetch(engine + name);
    if (!answer.ok) throw new Error(`${name.split("/").pop()} answered ${answer.status}`);
    const chunks = [];
    for (const reader = answer.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return [name, new Blob(chunks)];
      chunks.push(value);
      loaded += value.length;
      const now = performance.now();
      if (now - last < MOST_OFTEN_MS && loaded < of) continue;
      last = now;
      tell({ loaded, of });
    }
  }));
  return Object.fromEntries(parts);
}

/** Return what PGlite is given: its modules compiled, its first files and its extension as blobs. A page can keep it all. */
export async function load(engine, files, tell) {
  const parts = await fetched(engine, files, tell);
  const ready = Object.entries(NAMED).map(async ([file, name]) => {
    return [name, file.endsWith(".wasm") ? await WebAssembly.compile(await parts[file].arrayBuffer()) : parts[file]];
  });
  return { ...Object.fromEntries(await Promise.all(ready)), extension: parts[EXTENSION] };
}

/** Have PGlite's own request for its extension answered from what is kept: it takes an address and no file. */
export async function lend(engine, { extension }) {
  const [first, second] = new Uint8Array(await extension.slice(0, 2).arrayBuffer());
  // Some servers call a .gz file compressed on the way, and then a browser has unpacked it; PGlite goes by this line.
  const headers = first === 0x1f && second === 0x8b ? {} : { "Content-Encoding": "gzip" };
  const abroad = globalThis.fetch;
  globalThis.fetch = (asked, ...more) => {
    const isIt = String(asked) === engine + EXTENSION;
    return isIt ? Promise.resolve(new Response(extension, { headers })) : abroad.call(globalThis, asked, ...more);
  };
}
