/* A number in the text that names an arm, and that arm's marks in the pictures of its experiment: pointing at either, or focusing the
   number, lights up the other. It says nothing that does not stand there without it. */
(() => {
  "use strict";

  let lit = [];

  function unlight() {
    for (const node of lit) node.classList.remove("is-lit", "has-lit");
    lit = [];
  }

  function light(nodes) {
    unlight();
    lit = nodes;
    for (const node of nodes) node.classList.add(node.matches("svg.exhibit-svg") ? "has-lit" : "is-lit");
  }

  /** The arms a number is of: its own and, of a ratio, the one it is divided by. */
  function armsOf({ dataset: { experiment, arm, under = "" } }) {
    const [other, name] = under.split(".");
    return [{ experiment, arm }, ...(under ? [{ experiment: other, arm: name }] : [])];
  }

  function figuresOf(wreck, experiment) {
    return [...document.querySelectorAll("figure.exhibit[data-wreck]")]
      .filter((figure) => figure.dataset.wreck === wreck && (figure.dataset.experiment || experiment) === experiment);
  }

  function fromNumber(number) {
    const marks = armsOf(number).flatMap(({ experiment, arm }) => figuresOf(number.dataset.wreck, experiment)
      .flatMap((figure) => [...figure.querySelectorAll("[data-arm]")].filter((mark) => mark.dataset.arm === arm)));
    // A picture of one arm alone has nothing to set it apart from.
    const drawings = new Set(marks.filter((mark) => mark.matches("g")).map((mark) => mark.closest("svg.exhibit-svg")));
    light([...marks, ...drawings].filter(Boolean));
  }

  function fromMark(mark) {
    const { wreck, experiment } = mark.closest("figure.exhibit").dataset;
    const numbers = [...document.querySelectorAll(".wreck-number[data-arm]")].filter((number) => number.dataset.wreck === wreck
      && armsOf(number).some((of) => of.arm === mark.dataset.arm && of.experiment === (experiment || of.experiment)));
    light([mark, ...numbers]);
  }

  function point({ target }) {
    const found = target instanceof Element && target.closest(".wreck-number[data-arm], figure.exhibit [data-arm]");
    if (!found) unlight();
    else if (found.matches(".wreck-number")) fromNumber(found);
    else fromMark(found);
  }

  addEventListener("pointerover", point);
  addEventListener("focusin", point);
  addEventListener("focusout", unlight);
  point({ target: document.activeElement }); // what was focused as this was fetched
})();
