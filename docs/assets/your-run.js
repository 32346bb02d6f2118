/* "Your run, our run": a reader's record.json against ours, in the browser. Nothing is sent anywhere; ours is fetched from
   this site. What reads, compares and draws is loaded when somebody comes to the form: record.js, compare.js, verdicts.js. */
(() => {
  "use strict";

  const HERE = document.currentScript.src;
  const EVIDENCE = new URL("../evidence/", HERE);
  const PARTS = { "record.js": "wreckRecord", "compare.js": "wreckCompare", "verdicts.js": "wreckVerdicts" };

  // --- what it needs

  /** Load a script beside this one. Those asked for together run in their order. */
  function loaded(name) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.async = false;
      script.src = new URL(name, HERE);
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${name} did not load`));
      document.head.append(script);
    });
  }

  let parts = null;

  /** What reads, compares and draws, loaded once. */
  function needed() {
    if (!parts) {
      const missing = Object.keys(PARTS).filter((name) => !window[PARTS[name]]);
      parts = Promise.all(missing.map(loaded)).then(() => Object.assign({}, ...Object.values(PARTS).map((name) => window[name])));
      parts.catch(() => { parts = null; }); // so that one can try again
    }
    return parts;
  }

  // --- from a file to a comparison

  async function fetched(path, missing, { Refusal }) {
    const answer = await fetch(new URL(path, EVIDENCE));
    if (!answer.ok) throw new Refusal(missing);
    return answer.text();
  }

  /** Compare the text of a reader's record with ours of the same wreck. */
  async function held(text, tools) {
    const { read, compare } = tools;
    const schema = JSON.parse(await fetched("schema.json", "This site has no schema to read it by.", tools));
    const yours = read(text, schema);
    // Its name is of the schema's form: it cannot lead out of the folder.
    const ours = await fetched(`${yours.wreck}/record.json`, `This site has no evidence of a wreck called ${yours.wreck}.`, tools);
    return compare(read(ours, schema), yours);
  }

  /** Show what comes of `given`, which takes what reads and compares, and returns a record's text. */
  async function show(place, given) {
    const turn = (place.turn = (place.turn || 0) + 1);
    place.status.textContent = "Comparing …";
    place.result.replaceChildren();
    let message, shown = [];
    try {
      const tools = await needed();
      const found = await held(await given(tools), tools);
      [message, shown] = [`Compared: ${tools.tally(found)}.`, tools.pictured(found, place.result.clientWidth)];
    } catch (fault) {
      const isRefused = window.wreckRecord && fault instanceof window.wreckRecord.Refusal;
      message = isRefused ? `Not compared. ${fault.message}` : `Not compared: it could not be read (${fault.message}).`;
    }
    if (turn !== place.turn) return; // another was given meanwhile
    place.status.textContent = message;
    place.result.replaceChildren(...shown);
  }

  function textOf(file) {
    return async ({ fits }) => {
      fits(file.size); // before it is read
      return file.text();
    };
  }

  // --- the page

  function adopt(form) {
    const [file, area, button] = ["input[type=file]", "textarea", "button"].map((each) => form.querySelector(each));
    const place = { status: form.querySelector("[role=status]"), result: document.getElementById("your-run-result") };
    const compareText = (text) => show(place, async () => text);
    form.hidden = false;
    document.getElementById("your-run-without").hidden = true;
    for (const coming of ["pointerover", "focusin", "dragenter"]) form.addEventListener(coming, () => needed().catch(() => {}));
    form.addEventListener("submit", (event) => event.preventDefault());
    file.addEventListener("change", () => {
      if (file.files.length) show(place, textOf(file.files[0]));
      file.value = ""; // so that the same file can be picked again
    });
    button.addEventListener("click", () => compareText(area.value));
    area.addEventListener("paste", (event) => { // at once: to lay out thousands of lines takes a browser long
      event.preventDefault();
      compareText(event.clipboardData.getData("text"));
    });
    form.addEventListener("dragover", (event) => {
      event.preventDefault();
      form.classList.add("over");
    });
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      const [dropped] = event.dataTransfer.files;
      if (dropped) show(place, textOf(dropped));
      else compareText(event.dataTransfer.getData("text"));
    });
  }

  adopt(document.getElementById("your-run"));
})();
