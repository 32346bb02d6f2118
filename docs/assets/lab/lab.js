/* The reader's lab: Postgres in the page, on a click that says what it costs. Until then this is all that is loaded; what cannot
   work here is said instead.

     <div class="lab" data-lab="../exhibits/lab-w.json" data-engine="../exhibits/vendor/…/">
       <button class="lab-start" hidden>…</button><p class="lab-status"></p></div> */
(() => {
  "use strict";
  if (window.wreckLab) return; // instant navigation runs a page's scripts once more

  const HERE = document.currentScript.src;

  /** Why the lab cannot run in this browser, "" where it can. */
  function refusal(lab) {
    if (typeof WebAssembly !== "object") return "This browser has no WebAssembly, or it is turned off: Postgres cannot run in it.";
    if (typeof Worker !== "function") return "This browser has no workers: Postgres would stop the page while it works.";
    const wantedMb = Number(lab.dataset.memoryMb), hasGb = navigator.deviceMemory; // a coarse number, and not of every browser
    if (hasGb && hasGb * 1000 < 2 * wantedMb) {
      return `This device tells of ${hasGb} GB of memory. The lab takes about ${wantedMb} MB, which is too much of it.`;
    }
    return "";
  }

  async function start(lab, button, status) {
    button.disabled = true;
    status.textContent = "Loading …";
    try {
      const [{ open }, answer] = await Promise.all([import(new URL("panel.js", HERE)), fetch(lab.dataset.lab)]);
      if (!answer.ok) throw new Error(`its data answered ${answer.status}`);
      await open(lab, await answer.json(), { engine: lab.dataset.engine, button, status });
    } catch (fault) {
      button.disabled = false;
      status.textContent = `The lab did not start: ${fault.message}. Try again.`;
    }
  }

  function arrive() {
    for (const lab of document.querySelectorAll(".lab[data-lab]:not([data-live])")) {
      lab.dataset.live = "";
      // Told from this page, though its reader may have left it when they are fetched.
      for (const name of ["lab", "engine"]) lab.dataset[name] = new URL(lab.dataset[name], document.baseURI).href;
      const button = lab.querySelector(".lab-start"), status = lab.querySelector(".lab-status"), why = refusal(lab);
      button.hidden = false;
      button.disabled = Boolean(why);
      if (why) status.textContent = why;
      else button.addEventListener("click", () => start(lab, button, status));
    }
  }

  window.wreckLab = { refusal };
  if (window.document$) window.document$.subscribe(arrive);
  else arrive();
})();
