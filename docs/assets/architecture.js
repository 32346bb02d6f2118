/* A request walks through the drawing of the application. Slider or buttons move it leg by leg; the part it is in is lit,
   bars and clock show what has gone by until then. All there is to tell stands in the page: a leg is a row of the table,
   data-took its time by part. Without this script drawing and table tell the whole. Loaded by the page that has one.

     <div class="architecture"><svg> <g data-part="nginx"> … <div class="architecture-walk"> <input type="range"> …
     <tr data-took="nginx:0.4750"> */
(() => {
  "use strict";
  if (window.wreckArchitecture) return; // instant navigation runs a page's scripts once more
  window.wreckArchitecture = true;

  const adopted = new WeakSet();
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

  /** Milliseconds in words, three digits that matter, as the pages have them. */
  function inWords(ms) {
    const [value, unit] = ms >= 999.5 ? [ms / 1e3, "s"] : ms >= 0.9995 || ms === 0 ? [ms, "ms"] : [ms * 1e3, "µs"];
    return `${value === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3)}\u00a0${unit}`;
  }

  const share = (part, whole) => `${Number((100 * part / whole).toPrecision(2))}\u00a0%`;

  /** A leg's time by part, of its row: "nginx:0.475 flask:2". */
  const legOf = (row) => new Map(row.dataset.took.split(" ").map((pair) => pair.split(":")).map(([part, ms]) => [part, Number(ms)]));

  /** The parts' time over some legs. */
  function added(legs) {
    const total = new Map();
    for (const leg of legs) for (const [part, ms] of leg) total.set(part, (total.get(part) || 0) + ms);
    return total;
  }

  const longest = (leg) => [...leg].reduce((best, each) => (each[1] > best[1] ? each : best))[0];

  /** What of a part moves, and how it stands when all is told. */
  function partOf(node) {
    const bar = node.querySelector(".architecture-bar");
    const took = node.querySelector(".architecture-took");
    const box = node.querySelector(".architecture-box");
    const middle = Number(box.getAttribute("y")) + Number(box.getAttribute("height")) / 2;
    return { node, bar, took, middle, words: took.textContent, width: bar && bar.getAttribute("width") };
  }

  function walkOf(root) {
    const rows = [...root.querySelectorAll("tr[data-took]")];
    const legs = rows.map(legOf);
    const totals = added(legs);
    const parts = new Map([...root.querySelectorAll("[data-part]")].map((node) => [node.dataset.part, partOf(node)]));
    return { root, rows, legs, totals, parts, whole: sum([...totals.values()]), request: root.querySelector(".architecture-request") };
  }

  /** Shows the request at the end of leg `at`; 0 is at the client, before the first. */
  function show({ rows, legs, totals, parts, whole, request }, at) {
    const until = added(legs.slice(0, at));
    const here = at ? new Set(legs[at - 1].keys()) : new Set(["client"]);
    const isOver = at === legs.length;
    for (const [name, { node, bar, took, words, width }] of parts) {
      node.classList.toggle("is-here", here.has(name));
      const ms = until.get(name) || 0;
      if (bar) bar.setAttribute("width", isOver ? width : ms && width * ms / totals.get(name));
      const clock = at ? rows[at - 1].cells[3].textContent : inWords(0);
      const gone = ms ? `${inWords(ms)} · ${share(ms, whole)}` : "–";
      took.textContent = isOver ? words : bar ? gone : clock;
    }
    rows.forEach((row, i) => {
      row.classList.toggle("is-here", i === at - 1);
      if (i === at - 1) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
    request.setAttribute("cy", parts.get(at ? longest(legs[at - 1]) : "client").middle);
  }

  /** The same in a sentence. */
  function told({ rows, legs, whole }, at) {
    if (at === 0) return "The client asks. The clock stands at nothing.";
    const [where, what, took, clock] = [...rows[at - 1].cells].map((cell) => cell.textContent);
    const end = at === legs.length ? `The answer is there, after ${inWords(whole)}.` : `The clock says ${clock}, of ${inWords(whole)}.`;
    return `Leg ${at} of ${legs.length}. ${where}: ${what}; ${took}. ${end}`;
  }

  function adopt(root) {
    const slider = root.querySelector(".architecture-walk input");
    if (adopted.has(root) || !slider) return;
    adopted.add(root);
    const walk = walkOf(root);
    const said = root.querySelector(".architecture-said");
    const move = (at) => {
      slider.value = at; // which keeps it within its bounds
      show(walk, Number(slider.value));
      said.textContent = told(walk, Number(slider.value));
      slider.setAttribute("aria-valuetext", `leg ${slider.value} of ${walk.legs.length}`);
    };
    slider.value = walk.legs.length; // a browser that comes back to a page may have kept another
    slider.setAttribute("aria-valuetext", `leg ${slider.value} of ${walk.legs.length}`);
    slider.addEventListener("input", () => move(slider.value));
    for (const button of root.querySelectorAll("button[data-by]")) {
      button.addEventListener("click", () => move(Number(slider.value) + Number(button.dataset.by)));
    }
  }

  const arrive = () => document.querySelectorAll(".architecture").forEach(adopt);
  arrive();
  // Material announces each page it brings in; elsewhere there is one.
  if (window.document$) window.document$.subscribe(arrive);
})();
