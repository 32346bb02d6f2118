/* Reckon a request: how many of each thing it does, times what each takes. Without this script the sum is a table of the wrecked
   page's numbers (scenarios/publish/soundings/drawings/deep_reckoned.py). Loaded by the page that has one. */
(() => {
  "use strict";
  if (window.wreckReckon) return; // instant navigation runs a page's scripts once more

  const UNITS = [["s", 1e9], ["ms", 1e6], ["µs", 1e3], ["ns", 1]];
  const written = new Intl.NumberFormat("en", { minimumSignificantDigits: 2, maximumSignificantDigits: 2 }).format;

  /** A time in ns as it is read, to two digits: it is a reckoning. */
  function said(ns) {
    if (!ns) return "–";
    const [unit, size] = UNITS.find((each) => ns / each[1] >= 0.995) || UNITS[3];
    return `${written(ns / size)}\u00a0${unit}`;
  }

  /** How many a field says: what is no number, or none that it takes, counts as none. */
  const count = (field) => (field.validity.valid && field.valueAsNumber) || 0;

  function reckon(sum) {
    let total = 0;
    for (const row of sum.querySelectorAll("tr[data-ns]")) {
      const ns = Number(row.dataset.ns) * count(row.querySelector("input"));
      row.lastElementChild.textContent = said(ns);
      total += ns;
    }
    sum.querySelector("output").textContent = said(total);
  }

  function arrive() {
    for (const sum of document.querySelectorAll(".reckon:not([data-live])")) {
      sum.dataset.live = "";
      sum.querySelectorAll("input").forEach((field) => { field.readOnly = false; });
      sum.addEventListener("input", () => reckon(sum));
    }
  }

  window.wreckReckon = { said };
  arrive();
  if (window.document$) window.document$.subscribe(arrive);
})();
