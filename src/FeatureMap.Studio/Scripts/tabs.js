// The parts of a lesson, all in the page, shown one at a time. The hash of the address says which.
import { all, one } from "./page.js";

const Keys = new Map([["f", "forward"], ["m", "matrix"], ["g", "gradient"], ["c", "cost"]]);

export function startTabs() {
  const main = one("main.lesson");
  if (!main) return;
  showPart(main, location.hash.slice(1));
  addEventListener("hashchange", () => showPart(main, location.hash.slice(1)));
  main.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest(".tabs a") : null;
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    openPart(main, link.hash.slice(1));
  });
}

/**
 * Opens the part of a key; false where the key is none.
 * @param {string} key
 * @returns {boolean}
 */
export function openByKey(key) {
  const main = one("main.lesson");
  const part = Keys.get(key);
  if (!main || !part) return false;
  openPart(main, part);
  one(`.tabs a[href="#${part}"]`, main)?.focus();
  return true;
}

/**
 * @param {HTMLElement} main
 * @param {string} part
 */
function openPart(main, part) {
  showPart(main, part);
  history.replaceState(null, "", `#${part}`);
}

/** Marks the link of the part that is shown; merges bring links without the mark. */
export function markTab() {
  const main = one("main.lesson");
  if (!main) return;
  for (const link of all(".tabs a", main)) {
    if (link.getAttribute("href") === `#${main.dataset.tab}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/**
 * @param {HTMLElement} main
 * @param {string} part
 */
function showPart(main, part) {
  const known = all(".part", main).map((element) => element.id);
  main.dataset.tab = known.includes(part) ? part : "forward";
  markTab();
}
