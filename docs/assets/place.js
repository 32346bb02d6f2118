/* Where a reader is in a dive, what they have come to know, and what they guessed. It is kept in their browser alone, a dive by
   itself; where storage is refused, as long as the page stands. Questions become forms here; guess.js, which answers, is loaded when
   somebody comes to one. Loaded by pages with steps or questions. */
(() => {
  "use strict";
  if (window.wreckPlace) return; // instant navigation runs a page's scripts once more

  const GUESS = new URL("guess.js", document.currentScript.src).href;
  const READ_AT = 0.35; // how far down the window a step begins to be the one that is read
  const KNOWN_AT = 0.8; // and an entry to be known
  let page = null;

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // --- what is kept

  const nameOf = ({ pathname }) => `wreck:${pathname.replace(/index\.html$/, "")}`;
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isGuess = (value) => typeof value === "string" || Number.isFinite(value);

  /** What `text`, as it was kept, says: {step, guesses}. Anything may have written it. */
  function parse(text) {
    let kept = null;
    try {
      kept = JSON.parse(text);
    } catch { /* not ours */ }
    const { step, guesses } = isObject(kept) ? kept : {};
    const all = isObject(guesses) ? Object.entries(guesses) : [];
    const own = all.filter(([, guess]) => isObject(guess) && isGuess(guess.first) && isGuess(guess.now));
    return { step: typeof step === "string" ? step : "", guesses: new Map(own) };
  }

  function read(name) {
    try {
      return parse(localStorage.getItem(name));
    } catch {
      return parse(null); // refused
    }
  }

  function write() {
    // By the name it was read by: the address changes before the page does.
    const { name, kept: { step, guesses } } = page;
    try {
      if (step || guesses.size) localStorage.setItem(name, JSON.stringify({ step, guesses: Object.fromEntries(guesses) }));
      else localStorage.removeItem(name);
    } catch { /* refused, or full: then for this page only */ }
  }

  /** Keep a guess, the first of it for good; return both. */
  function keep(id, now) {
    const { first = now } = page.kept.guesses.get(id) || {};
    page.kept.guesses.set(id, { first, now });
    write();
    tellPlace();
    return { first, now };
  }

  function forget() {
    page.kept.guesses.clear();
    write();
    if (window.wreckGuess) page.boxes.forEach(window.wreckGuess.reset);
    tellPlace("Forgotten.");
    page.place.tabIndex = -1;
    page.place.focus({ preventScroll: true });
  }

  // --- questions

  let answering = null;

  function answers() {
    answering = answering || new Promise((resolve, reject) => {
      const script = element("script", { src: GUESS });
      script.onload = resolve;
      script.onerror = () => {
        answering = null; // so that one can try again
        reject(new Error("guess.js did not load"));
      };
      document.head.append(script);
    });
    return answering;
  }

  /** Makes a question's prose a form, of the same height. */
  function ask(box) {
    box.dataset.live = "";
    for (const part of box.querySelectorAll("[hidden]")) part.hidden = false;
    box.querySelector("details").hidden = true;
  }

  const boxOf = ({ target }) => target instanceof Element && target.closest(".guess");
  for (const coming of ["pointerover", "focusin"]) {
    addEventListener(coming, (event) => boxOf(event) && answers().catch(() => {}));
  }
  addEventListener("submit", (event) => {
    const box = boxOf(event);
    if (!box) return;
    event.preventDefault();
    const isUnsure = Boolean(event.submitter && event.submitter.value);
    answers().then(() => window.wreckGuess.commit(box, isUnsure), () => { // or without drawing it
      box.querySelector("details").hidden = false;
      box.querySelector("details").open = true;
    });
  });

  // --- the line beneath the title

  /** Offers the way back and to forget, over what stands there without a script: so it takes the same room. */
  function tellPlace(said = "") {
    const { place, from, kept } = page;
    if (!place) return;
    if (place.children.length > 1) place.lastElementChild.remove();
    const live = element("span", { role: "status" }, said && `${said} `);
    if (from) live.append("Continue where you were: ", element("a", { href: `#${from.id}` }, from.dataset.step), " ");
    if (kept.guesses.size) {
      const button = element("button", { type: "button" }, "Forget my guesses");
      button.addEventListener("click", forget);
      live.append(button);
    }
    const isTold = live.textContent !== "";
    place.classList.toggle("place-told", isTold);
    if (isTold) place.append(live);
  }

  // --- the line of steps, and the list beside the story

  function follow() {
    const { steps, links, now, entries, kept, beside } = page;
    const at = steps.findLastIndex((step) => step.getBoundingClientRect().top <= innerHeight * READ_AT);
    if (at !== page.at) {
      page.at = at;
      links.forEach((link, i) => (i === at ? link.setAttribute("aria-current", "step") : link.removeAttribute("aria-current")));
      now.textContent = at < 0 ? page.count : `${at + 1} of ${steps.length}: ${steps[at].dataset.step}`;
      if (at >= 0 && steps[at].id !== kept.step) {
        kept.step = steps[at].id;
        write();
      }
    }
    for (const [entry, copy] of entries) copy.hidden = entry.getBoundingClientRect().top > innerHeight * KNOWN_AT;
    if (beside) beside.hidden = entries.every(([, copy]) => copy.hidden);
  }

  /** Puts beside the story, where there is room, what has been found up to where its reader is. */
  function setBeside() {
    const sidebar = document.querySelector(".md-sidebar--secondary .md-sidebar__inner");
    const found = sidebar ? [...document.querySelectorAll(".ledger > ol > li:not(.ledger-told)")] : [];
    if (!found.length) return;
    const list = element("ol");
    page.entries = found.map((entry) => {
      const text = entry.cloneNode(true);
      text.querySelectorAll(".wreck-verdict").forEach((verdict) => verdict.remove());
      const copy = element("li", { hidden: "" }, element("a", { href: `#${entry.closest(".ledger").id}` }, text.textContent.trim()));
      list.append(copy);
      return [entry, copy];
    });
    const title = "What we know so far";
    page.beside = element("section", { class: "ledger-beside", "aria-label": title, hidden: "" }, element("p", {}, title), list);
    sidebar.append(page.beside);
  }

  let isAwaited = false;

  function followSoon() {
    if (isAwaited) return;
    isAwaited = true;
    requestAnimationFrame(() => {
      isAwaited = false;
      follow();
    });
  }

  function arrive() {
    const line = document.querySelector("nav.steps");
    const name = nameOf(location);
    if (page && page.line === line && page.name === name) return;
    document.querySelectorAll(".ledger-beside").forEach((old) => old.remove());
    const now = line ? line.querySelector(".steps-now") : element("p");
    page = {
      line, now, name, kept: read(name), place: document.querySelector("p.place"), boxes: [...document.querySelectorAll(".guess")],
      steps: [...document.querySelectorAll("h2[data-step]")], links: line ? [...line.querySelectorAll("a")] : [],
      count: now.textContent, at: -2, entries: [], beside: null,
    };
    // Not back to the beginning, where they are.
    page.from = page.steps.slice(1).find((step) => step.id === page.kept.step) || null;
    page.boxes.forEach(ask);
    if (page.kept.guesses.size) answers().then(() => page.boxes.forEach(window.wreckGuess.recall), () => {});
    setBeside();
    tellPlace();
    followSoon();
  }

  window.wreckPlace = { parse, keep, guess: (id) => page.kept.guesses.get(id) };
  arrive();
  // Material announces each page it brings in; elsewhere there is one.
  if (window.document$) window.document$.subscribe(arrive);
  addEventListener("scroll", followSoon, { passive: true });
  addEventListener("resize", followSoon, { passive: true });
})();
