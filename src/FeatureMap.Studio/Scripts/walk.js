// Walk: links of cells by keys, and where the focus goes when a step leads further down.
import { always, one, speak } from "./page.js";

let goal = "";

export function startWalk() {
  const main = one("main.walk");
  if (!main) return;
  document.addEventListener("keydown", (event) => {
    const cell = event.target instanceof Element ? event.target.closest("main.walk td") : null;
    if (event.key !== "Enter" || !cell || event.target instanceof HTMLAnchorElement) return;
    const link = one("a", cell);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
  main.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-to]") : null;
    goal = link instanceof HTMLElement && !event.ctrlKey && !event.metaKey && !event.shiftKey ? link.dataset.to ?? "" : "";
    // A box of the picture leads where the row of the table below it does, without loading the page again.
    const box = event.target instanceof Element ? event.target.closest(".diagram a") : null;
    const twin = box && !event.ctrlKey && !event.metaKey && !event.shiftKey ? one(`.walk-layers a[href="${CSS.escape(box.getAttribute("href") ?? "")}"]`) : null;
    if (!twin) return;
    event.preventDefault();
    event.stopPropagation();
    twin.click();
  }, true);
  document.addEventListener("focusin", (event) => {
    const cell = event.target instanceof Element ? event.target.closest("main.walk .linked td") : null;
    const link = cell ? one("a", cell) : null;
    if (link) speak(`${link.title}: ${link.textContent}`);
  });
  always(() => {
    showCurrent();
    if (!goal) return;
    const title = document.getElementById(`${goal}-title`);
    goal = "";
    if (!title) return;
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "start" });
  });
}

/** Brings the layer that is walked into sight inside the picture. */
function showCurrent() {
  const place = one("main.walk .layers-scroll");
  const current = place?.querySelector(".current");
  if (!place || !current) return;
  const [outer, inner] = [place.getBoundingClientRect(), current.getBoundingClientRect()];
  place.scrollTop += inner.top - outer.top - outer.height / 2;
  place.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}
