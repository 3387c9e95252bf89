// Buttons that copy: code, and tables as CSV.
import { all, always, make, one } from "./page.js";

export function startTools() {
  always(() => {
    for (const figure of all("figure.code")) add(figure, "Copy", () => one("pre", figure)?.textContent ?? "");
    for (const table of all("table[data-csv]")) add(/** @type {HTMLElement} */ (table.closest("details")), "Copy as CSV", () => csv(/** @type {HTMLTableElement} */ (table)));
  });
}

/**
 * @param {HTMLElement} place
 * @param {string} name
 * @param {() => string} text
 */
function add(place, name, text) {
  if (!navigator.clipboard || one(":scope > [data-own]", place)) return;
  const button = make("button", { type: "button", "data-own": "", class: "copy" }, name);
  button.addEventListener("click", () => void navigator.clipboard.writeText(text()).then(() => {
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = name;
    }, 1500);
  }));
  place.append(button);
}

/**
 * @param {HTMLTableElement} table
 * @returns {string}
 */
function csv(table) {
  return [...table.rows].map((row) => [...row.cells].map((cell) => {
    const text = (cell.textContent ?? "").replace(/^([-\d]+(?:,\d{3})+)/, (number) => number.replaceAll(",", ""));
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(",")).join("\n");
}
