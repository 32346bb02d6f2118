/* The reader's lab: Postgres in the page, on a click that says what it costs. Until then this is all that is loaded; what cannot
   work here is said instead.

     <div class="lab" data-lab="../exhibits/lab-w.json" data-engine="../exhibits/vendor/…/" data-memory-mb="600">
       <div class="lab-head"><button class="lab-start" hidden>…</button> <button class="lab-end" hidden>Cancel</button></div>
       <p class="lab-status"></p></div> */
(() => {
  "use strict";
  if (window.wreckLab) return; // instant navigation runs a page's scripts once more

  const HERE = document.currentScript.src;

  /** Why the lab cannot run in this browser, "" where it can. */
  function refusal(lab) {
    if (typeof WebAssembly !== "object") return "This browser has no WebAssembly, or it is turned off: Postgres cannot run in it.";
    if (typeof Worker !== "function") return "This browser has no workers: Postgres would stop the page while it works.";
    if (typeof DecompressionStream !== "function") return "This browser is too old to unpack what Postgres comes in.";
    const wantedMb = Number(lab.dataset.memoryMb), hasGb = navigator.deviceMemory; // a coarse number, and not of every browser
    if (hasGb && hasGb * 1000 < 2 * wantedMb) {
      return `This device tells of ${hasGb} GB of memory. The lab takes about ${wantedMb} MB, which is too much of it.`;
    }
    return "";
  }

  /** Put the page back to before the click, and say why. */
  function closed(lab, { begin, end, status }, why) {
    const hadFocus = document.activeElement === end;
    delete lab.dataset.state;
    begin.hidden = false;
    end.hidden = true;
    status.textContent = why;
    if (hadFocus) begin.focus({ preventScroll: true });
  }

  async function start(lab, parts) {
    const { begin, end, status } = parts;
    // All at once, while the page is the clicking reader's to move.
    lab.dataset.state = "loading";
    begin.hidden = true;
    end.hidden = false;
    end.textContent = "Cancel";
    end.focus({ preventScroll: true });
    status.textContent = "Loading …";
    const turn = { isOff: false };
    parts.stop = () => { turn.isOff = true; closed(lab, parts, "Loading was cancelled."); };
    try {
      const [{ open }, answer] = await Promise.all([import(new URL("panel.js", HERE)), fetch(lab.dataset.lab)]);
      if (!answer.ok) throw new Error(`its data answered ${answer.status}`);
      const doc = await answer.json();
      if (!turn.isOff) await open(lab, doc, parts);
    } catch (fault) {
      const isNetwork = fault instanceof TypeError && /fetch|load|import/i.test(fault.message); // in the words of each browser
      const why = isNetwork ? "what it needs could not be fetched, as when the network is gone" : fault.message;
      if (!turn.isOff) closed(lab, parts, fault.isStop ? "Loading was cancelled." : `The lab did not start: ${why}. Try again.`);
    }
  }

  function arrive() {
    for (const lab of document.querySelectorAll(".lab[data-lab]:not([data-live])")) {
      lab.dataset.live = "";
      // Told from this page, though its reader may have left it when they are fetched.
      for (const name of ["lab", "engine"]) lab.dataset[name] = new URL(lab.dataset[name], document.baseURI).href;
      const [begin, end, status] = ["start", "end", "status"].map((name) => lab.querySelector(`.lab-${name}`)), why = refusal(lab);
      const parts = { begin, end, status, stop: null, closed: (why) => closed(lab, parts, why) };
      begin.hidden = false;
      begin.disabled = Boolean(why);
      if (why) status.textContent = why;
      begin.addEventListener("click", () => start(lab, parts));
      // The second click of a double one is meant for the button that was there before.
      end.addEventListener("click", ({ detail }) => { if (detail < 2) parts.stop(); });
    }
  }

  window.wreckLab = { refusal };
  if (window.document$) window.document$.subscribe(arrive);
  else arrive();
})();
