/* Exhibits come alive: on its first touch plotly is loaded, once, and draws in a picture's place.
   The picture itself needs no script. Colours are written "var(--wreck-role)" and follow the
   palette. Evidence is data: it reaches the page as text, never as markup.

     <figure class="exhibit" id="x" data-linked="../exhibits/linked-w.json" data-evidence="../evidence/w/">
       <div class="exhibit-facade" data-figure="../exhibits/x.json"><svg …></svg></div>
       <button class="exhibit-live" hidden>Make it live</button> */
(() => {
  "use strict";

  const BUNDLE = new URL("vendor/plotly-cartesian-4.1.1.min.js", document.currentScript.src).href;
  // Nothing may leave our own origin, whatever a figure's own configuration says.
  const CONFIG = {
    displaylogo: false, plotlyServerURL: "", responsive: true, showSendToCloud: false,
    topojsonURL: new URL(".", BUNDLE).href, modeBarButtonsToRemove: ["lasso2d", "select2d", "toImage"],
  };
  const HEIGHT_MIN_PX = 260;
  const exhibits = new Map(); // figure element -> exhibit

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    assign(node, attributes);
    node.append(...children);
    return node;
  }

  function assign(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  }

  // --- fetching

  let library = null;

  function plotly() {
    library = library || new Promise((resolve, reject) => {
      const script = element("script", { src: BUNDLE });
      script.onload = resolve;
      script.onerror = () => reject(new Error("the chart library did not load"));
      document.head.append(script);
    });
    return library;
  }

  async function json(url) {
    const answer = await fetch(new URL(url, document.baseURI));
    if (!answer.ok) throw new Error(`${url.split("/").pop()} answered ${answer.status}`);
    return answer.json();
  }

  // --- drawing

  /** `text` with the roles' colours, as the palette has them where `node` stands. */
  function coloured(text, node) {
    const style = getComputedStyle(node);
    return text.replace(/var\((--wreck-[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  }

  const painted = (figure, description) => JSON.parse(coloured(JSON.stringify(description), figure));

  function draw({ chart, figure, description, height, looks: own }) {
    const { data, layout, config } = painted(figure, description);
    const { color: ink, fontFamily: family } = getComputedStyle(figure);
    const looks = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", modebar: { bgcolor: "rgba(0,0,0,0)", color: ink, activecolor: ink },
      ...layout,
      autosize: true, height, width: undefined,
      uirevision: "kept", // zoom and hidden arms outlive a change of palette
      font: { size: 13, color: ink, ...layout.font, family },
    };
    // A finger that drags wants to scroll the page.
    if (matchMedia("(pointer: coarse)").matches) looks.dragmode = false;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) looks.transition = { duration: 0 };
    Object.assign(looks, painted(figure, own));
    return window.Plotly.react(chart, data, looks, { ...config, ...CONFIG });
  }

  // --- still, loading, live

  function show(exhibit, state, message = "") {
    const { figure, facade, button, status } = exhibit;
    exhibit.state = figure.dataset.state = state;
    figure.setAttribute("aria-busy", state === "loading");
    facade.hidden = state === "live";
    button.textContent = { still: exhibit.invitation, loading: "Loading the chart …", live: "Back to the still picture" }[state];
    status.textContent = message;
  }

  async function enliven(exhibit) {
    if (exhibit.state !== "still") return;
    const { figure, facade } = exhibit;
    exhibit.height = Math.max(HEIGHT_MIN_PX, facade.getBoundingClientRect().height);
    show(exhibit, "loading", "Loading …"); // its line is taken now, and nothing moves when it says more
    makeRoom(exhibit);
    try {
      const [description] = await Promise.all([json(facade.dataset.figure), plotly()]);
      if (!figure.isConnected) return; // the reader has left
      exhibit.description = description;
      const name = facade.querySelector("[aria-labelledby]").getAttribute("aria-labelledby");
      const style = `height:${exhibit.height}px`;
      exhibit.chart = element("div", { class: "exhibit-chart", role: "group", "aria-labelledby": name, style });
      facade.after(exhibit.chart);
      show(exhibit, "live", "The chart is live: point at a mark to read it.");
      await draw(exhibit);
      await leadOn(exhibit);
    } catch (fault) {
      if (!window.Plotly) library = null; // so that one can try again
      rest(exhibit, `The live chart failed: ${fault.message}. Try again.`);
    }
  }

  function rest(exhibit, message) {
    if (exhibit.chart) window.Plotly.purge(exhibit.chart);
    for (const part of [exhibit.chart, exhibit.panel]) if (part) part.remove();
    exhibit.chart = exhibit.panel = exhibit.follow = null;
    show(exhibit, "still", message);
  }

  // --- what a live chart leads on to: series, requests, traces

  /** Below the buttons, so that nothing above moves; at once, so that nothing below moves later. */
  function makeRoom(exhibit) {
    const { linked, toggles, brush, open } = exhibit.figure.dataset;
    Object.assign(exhibit, { looks: {}, follow: null });
    if (!linked && !toggles) return;
    const size = brush ? "brush" : open ? "trace" : linked ? "list" : "series";
    exhibit.panel = element("div", { class: "exhibit-leads", "data-size": size, "aria-busy": "true" });
    exhibit.status.after(exhibit.panel);
  }

  /** Its scripts come when a chart first needs them. */
  async function leadOn(exhibit) {
    const { panel } = exhibit;
    if (!panel) return;
    try {
      const { lead } = await import("./linked/linked.js");
      await lead(exhibit, json, painted);
    } catch (fault) {
      panel.replaceChildren(element("p", {}, `What this chart leads on to failed to load: ${fault.message}.`));
    }
  }

  /** A link may name an exhibit and, after a colon, what to pick out in it. */
  function openNamed() {
    const [, id] = /^#([a-z][a-z0-9-]*):/.exec(location.hash) || [];
    const figure = id && document.getElementById(id);
    if (!exhibits.has(figure)) return;
    const exhibit = exhibits.get(figure);
    figure.scrollIntoView();
    if (exhibit.follow) exhibit.follow(location.hash);
    else enliven(exhibit);
  }

  addEventListener("hashchange", openNamed);

  // --- copying

  /** A still drawing that stands without our style sheets. */
  function standalone(svg) {
    const { fontFamily, fontSize, fill } = getComputedStyle(svg.querySelector("text"));
    // Ticks and names stand in the margins, outside the plot proper.
    const { marginLeft: x, marginTop: y, marginRight, marginBottom, width, height } = getComputedStyle(svg);
    const sum = (...lengths) => lengths.reduce((total, length) => total + parseFloat(length), 0);
    const sheet = document.createElementNS(svg.namespaceURI, "svg");
    assign(sheet, { width: sum(x, width, marginRight), height: sum(y, height, marginBottom) });
    const style = document.createElementNS(svg.namespaceURI, "style");
    style.textContent = `text { font: ${fontSize} ${fontFamily}; fill: ${fill} } .l { font-style: italic }`;
    const copy = svg.cloneNode(true);
    copy.removeAttribute("style");
    assign(copy, { x, y, width, height, overflow: "visible" });
    sheet.append(style, copy);
    return coloured(new XMLSerializer().serializeToString(sheet), svg);
  }

  async function copySvg({ chart, facade, figure, status }) {
    const size = chart && { width: chart.clientWidth, height: chart.clientHeight };
    const text = chart
      ? decodeURIComponent((await window.Plotly.toImage(chart, { format: "svg", ...size })).replace(/^.*?,/, ""))
      : standalone(facade.querySelector("svg"));
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      status.textContent = "The picture is on the clipboard, as SVG.";
    } else { // as outside https and localhost
      element("a", { href: `data:image/svg+xml,${encodeURIComponent(text)}`, download: `${figure.id}.svg` }).click();
      status.textContent = "The picture was saved, as SVG.";
    }
  }

  // --- the page

  function adopt(figure) {
    const facade = figure.querySelector(".exhibit-facade[data-figure]");
    const button = figure.querySelector("button.exhibit-live");
    if (!facade || !button || exhibits.has(figure)) return;
    // What is fetched later is told from this page, though its reader may have left it by then.
    for (const { dataset } of [figure, facade]) {
      for (const name of ["figure", "linked", "evidence"]) if (dataset[name]) dataset[name] = new URL(dataset[name], document.baseURI).href;
    }
    const copy = element("button", { class: "exhibit-copy", type: "button" }, "Copy as SVG");
    const status = element("p", { class: "exhibit-status", role: "status" });
    const exhibit = { figure, facade, button, status, invitation: button.textContent };
    exhibits.set(figure, exhibit);
    button.after(copy, status);
    button.hidden = false;
    show(exhibit, "still");
    button.addEventListener("click", () => (exhibit.state === "live" ? rest(exhibit) : enliven(exhibit)));
    facade.addEventListener("click", () => String(getSelection()) || enliven(exhibit));
    copy.addEventListener("click", () => copySvg(exhibit).catch((fault) => { status.textContent = `Copying failed: ${fault.message}.`; }));
  }

  // --- evidence: its age, and links into what is folded

  const DAY_MS = 86400e3;

  /** Says beside a date how long ago that was, by the reader's own clock. */
  function tellAge(time) {
    const days = Math.floor((Date.now() - Date.parse(time.dateTime)) / DAY_MS);
    if (!(days >= 0) || time.dataset.told) return;
    time.dataset.told = days;
    time.append(` (${days ? new Intl.NumberFormat("en").format(days) + (days > 1 ? " days" : " day") + " ago" : "today"})`);
  }

  /** Opens what a link leads into: whatever folds it in, and what it folds. */
  function unfold() {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch { return; } // no address of ours
    if (!target || !target.closest(".evidence")) return;
    const own = target.querySelector(":scope > details");
    let isMoved = false;
    for (let fold = own || target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
      isMoved = isMoved || !fold.open;
      fold.open = true;
    }
    if (isMoved) target.scrollIntoView();
  }

  addEventListener("hashchange", unfold);
  // A link within its page is none of instant navigation's affair; those with a target are not.
  addEventListener("click", ({ target }) => {
    const link = target instanceof Element && target.closest("a[href*='#']");
    if (link && link.hash && link.href.replace(link.hash, "") === location.href.replace(location.hash, "")) link.target = "_self";
  }, true);
  // The same link once more changes no address.
  addEventListener("click", ({ target }) => {
    const link = target instanceof Element && target.closest("a[href*='#']");
    if (link && link.href === location.href) unfold();
  });

  // What is out of sight (wreck.css) is laid out piece by piece when there is nothing else to do: all at once would hold a phone up, and
  // whoever takes the page as a whole, to save or to photograph it, wants it all.
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  const PUT_OFF = ":is(.md-sidebar--primary > .md-sidebar__scrollwrap, figure:is(.exhibit, .wreck-ran), .md-content__inner > .highlight)";

  function layOut() {
    const piece = document.querySelector(`${PUT_OFF}:not(.is-laid-out)`);
    if (!piece) return;
    piece.classList.add("is-laid-out");
    idle(layOut);
  }

  let article = null;

  function arrive() {
    const shown = document.querySelector("article") || document.body;
    if (shown !== article) {
      article = shown;
      idle(layOut);
      document.querySelectorAll("time.wreck-age").forEach(tellAge);
      unfold();
      for (const [figure, exhibit] of exhibits) {
        if (figure.isConnected) continue;
        rest(exhibit);
        exhibits.delete(figure);
      }
      document.querySelectorAll("figure.exhibit").forEach(adopt);
      openNamed();
    }
    // Material makes wide tables scroll by themselves; a keyboard must reach them.
    for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (!box.closest(".exhibit-table")) box.tabIndex = 0;
    }
  }

  // Text and marks light each other up, once a reader points somewhere.
  for (const sign of ["pointerover", "focusin"]) addEventListener(sign, () => import("./marks.js").catch(() => {}), { once: true });

  const retheme = () => exhibits.forEach((exhibit) => exhibit.chart && draw(exhibit));
  new MutationObserver(retheme).observe(document.body, { attributes: true, attributeFilter: ["data-md-color-scheme"] });
  arrive();
  // Material announces each page it brings in; elsewhere there is one.
  if (window.document$) window.document$.subscribe(arrive);
})();
