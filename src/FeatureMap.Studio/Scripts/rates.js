// The curve of a range test: a click picks the nearest point, and what is picked stands in the form at once.
import { all, one, speak } from "./page.js";
import { setControl } from "./form.js";

export function startRates() {
  const main = one("main.train-page");
  if (!main) return;
  main.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement && event.target.id === "rate-choice") pick(event.target.value);
  });
  main.addEventListener("click", (event) => {
    const curve = event.target instanceof Element ? event.target.closest("#rate-curve > svg") : null;
    const choice = one("#rate-choice");
    if (!(event instanceof MouseEvent) || !curve || !(choice instanceof HTMLSelectElement)) return;
    // One dot for each point of the choice, in its order.
    const places = all("g.validation > .dot", curve).map((dot) => {
      const box = dot.getBoundingClientRect();
      return box.left + box.width / 2;
    });
    const nearest = places.reduce((best, place, index) => (Math.abs(place - event.clientX) < Math.abs((places[best] ?? 0) - event.clientX) ? index : best), 0);
    choice.selectedIndex = nearest;
    pick(choice.value);
  });
}

/** @param {string} rate */
function pick(rate) {
  setControl("learning-rate", rate, true);
  speak(`The learning rate is ${rate}.`);
}
