/* Predict, then reveal: a guess is committed, and the answer drawn against it. The answer is on the page from the start, in a fold
   (scenarios/publish/prose/guess_html.py); place.js keeps guesses, and loads this file when somebody comes to a question. */
(() => {
  "use strict";
  if (window.wreckGuess) return;

  const STEPS = 100;
  const UNKNOWN = "unknown";
  const NEAR = 0.05; // of the scale, end to end
  const LANE_PX = 38; // of the reader's mark, beneath what was measured
  const SVG = "http://www.w3.org/2000/svg";
  const written = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format;

  // --- numbers: scenarios/publish/prose/guess_scale.py

  /** Where `value` lies between a scale's ends, 0 to 1, held at them. */
  function share(value, { low, high, log }) {
    const at = log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
    return Math.min(Math.max(at, 0), 1);
  }

  /** The number at a place of the slider, to two digits: nobody guesses more. */
  function numberAt(step, { low, high, log }) {
    const at = step / STEPS;
    return Number((log ? low * (high / low) ** at : low + (high - low) * at).toPrecision(2));
  }

  /** How a guessed number compares with what was measured, in words. */
  function compared(guess, scale) {
    const { value, least, most, log, sign } = scale;
    if (value === undefined) return "This run did not measure it.";
    if (guess >= least && guess <= most) return "That is within what was measured.";
    const near = Math.abs(share(guess, scale) - share(value, scale)) <= NEAR ? "That is close: it" : "It";
    const more = value > guess ? "more" : "less";
    if (log) return `${near} was ${more}, by a factor of ${written(Math.max(value / guess, guess / value))}.`;
    return `${near} was ${more}, by ${written(Math.abs(value - guess))}${sign.trim() === "%" ? " percentage points" : sign}.`;
  }

  // --- a question

  function partsOf(box) {
    const { low, high, log, sign, value, least, most } = box.dataset;
    const number = (text) => (text === undefined ? undefined : Number(text));
    return {
      form: box.querySelector("form"), said: box.querySelector(".guess-said"), details: box.querySelector("details"),
      button: box.querySelector("button"), slider: box.querySelector("input[type=range]"), output: box.querySelector("output"),
      radios: [...box.querySelectorAll("input[type=radio]")],
      scale: { low: number(low), high: number(high), log: log === "1", sign, value: number(value), least: number(least), most: number(most) },
    };
  }

  function tellNumber({ slider, output, scale }) {
    if (!slider) return;
    const text = `${written(numberAt(slider.value, scale))}${scale.sign}`;
    output.textContent = text;
    slider.setAttribute("aria-valuetext", text);
  }

  function tellButton(box, { button, details }) {
    button.textContent = "kept" in box.dataset ? "Show the answer" : details.hidden ? "That is my guess" : "Change my guess";
  }

  function reset(box) {
    const parts = partsOf(box);
    parts.form.reset();
    parts.details.open = false;
    parts.details.hidden = true;
    parts.said.textContent = "";
    delete box.dataset.kept;
    for (const mark of box.querySelectorAll(".guess-you")) mark.remove();
    tellNumber(parts);
    tellButton(box, parts);
  }

  /** A guess of an earlier visit stands in its form; its answer waits to be asked for, so that nothing moves. */
  function recall(box) {
    const kept = window.wreckPlace.guess(box.id);
    const parts = partsOf(box);
    if (!kept || !parts.details.hidden) return;
    const { radios, slider, scale } = parts;
    for (const radio of radios) radio.checked = radio.value === kept.now;
    if (slider && kept.now !== UNKNOWN) slider.value = Math.round(share(kept.now, scale) * STEPS);
    box.dataset.kept = "";
    tellNumber(parts);
    tellButton(box, parts);
  }

  function chosen({ slider, radios, scale }) {
    if (slider) return numberAt(slider.value, scale);
    const radio = radios.find(({ checked }) => checked);
    return radio ? radio.value : null;
  }

  /** Keep the guess that stands in a question's form, or that its reader does not know, and show the answer against it. */
  function commit(box, isUnsure = false) {
    const parts = partsOf(box);
    const value = isUnsure ? UNKNOWN : chosen(parts);
    if (value === null) {
      parts.said.textContent = "Choose one first. “I don’t know” counts as well.";
      return;
    }
    const { keep, guess } = window.wreckPlace;
    const made = "kept" in box.dataset && !isUnsure ? guess(box.id) : keep(box.id, value);
    delete box.dataset.kept;
    parts.details.hidden = false;
    parts.details.open = true;
    parts.said.textContent = sentence(box, parts, made);
    tellButton(box, parts);
    draw(box, parts, made);
  }

  // --- the answer against it

  function nameOf({ scale, slider, radios }, value) {
    if (value === UNKNOWN) return "I don’t know";
    if (slider) return `${written(value)}${scale.sign}`;
    const radio = radios.find((each) => each.value === value);
    return radio ? radio.parentElement.textContent.trim() : "";
  }

  function sentence(box, parts, { first, now }) {
    const before = first === now ? "" : ` At first you said: ${nameOf(parts, first)}.`;
    if (now === UNKNOWN) return `Not knowing is a fair place to start from: it is what instruments are for.${before}`;
    const said = `You said: ${nameOf(parts, now)}.`;
    if (parts.slider) return `${said} ${compared(now, parts.scale)}${before}`;
    const right = box.dataset.right.split(" ");
    if (!right[0]) return `${said} This run does not tell.${before}`;
    return `${said} ${right.includes(now) ? "So it was measured." : "It was measured otherwise."}${before}`;
  }

  function draw(box, { scale }, { first, now }) {
    for (const mark of box.querySelectorAll(".guess-you")) mark.remove();
    const drawing = box.querySelector(".guess-scale");
    for (const [value, words] of first === now ? [[now, "your guess"]] : [[first, "your first guess"], [now, "your guess"]]) {
      const row = box.querySelector(`tr[data-option="${CSS.escape(String(value))}"] th`);
      if (row) row.append(marked(document.createElement("span"), {}, ` ← ${words}`));
      if (drawing && typeof value === "number") drawing.append(...markOn(scale, value, value === now));
    }
  }

  function marked(node, attributes, text = "") {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.classList.add("guess-you");
    node.textContent = text;
    return node;
  }

  /** The reader's mark, beneath what was measured: full where they stand now, hollow where they stood first. */
  function markOn(scale, value, isNow) {
    const at = share(value, scale);
    const x = `${100 * at}%`;
    const svg = (tag, attributes, text) => marked(document.createElementNS(SVG, tag), attributes, text);
    const place = svg("svg", { x, y: LANE_PX, width: 1, height: 1, overflow: "visible" });
    place.append(svg("path", { d: "M0 6 6-5H-6z", class: isNow ? "" : "guess-first" }));
    if (!isNow) return [place];
    const side = at < 0.6 ? { dx: 11 } : { dx: -11, "text-anchor": "end" };
    return [place, svg("text", { x, y: LANE_PX, dy: 4, ...side }, `your guess: ${written(value)}${scale.sign}`)];
  }

  addEventListener("input", ({ target }) => {
    const box = target instanceof Element && target.closest(".guess");
    if (!box) return;
    delete box.dataset.kept;
    tellNumber(partsOf(box));
    tellButton(box, partsOf(box));
  });
  window.wreckGuess = { share, numberAt, compared, commit, recall, reset };
})();
