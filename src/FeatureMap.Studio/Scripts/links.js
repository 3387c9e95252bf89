// What made a cell, and where it goes: lights up under the pointer and with the focus; a click or the key p keeps it.
import { afterPaint, all, always, isTyping, make, one, speak } from "./page.js";

/** @typedef {{ sources: string[], weights: string[], steps: string }} Made */

/** @type {Map<string, Made>} */
const made = new Map();
/** @type {Map<string, Set<string>>} */
const goes = new Map();
/** @type {Map<string, Element[]>} */
const places = new Map();
/** @type {Map<string, string>} */
const told = new Map();
// The page has changed since it was read.
let isOld = true;
let shown = "";
let isDue = false;
let pinned = "";
let spoken = "";

export function startLinks() {
  always(() => {
    isOld = true;
    // The numbers come first: what is lit follows behind the frame that shows them.
    if (shown && !isDue) {
      isDue = true;
      afterPaint(again);
    }
  });
  document.addEventListener("pointerover", (event) => pointed(event.target));
  document.addEventListener("focusin", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-cell]")) pointed(event.target);
  });
  document.addEventListener("click", (event) => {
    const key = keyOf(event.target);
    const isEdited = event.target instanceof Element && event.target.closest("figure.edited");
    if (!key || isEdited) {
      if (pinned) pin("");
      if (key) light(key);
      return;
    }
    pin(pinned === key ? "" : key);
    choose(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "p") pin(pinned ? "" : keyOf(event.target));
    else if (event.key === "Escape") pin("");
    else if (event.key === "Enter") choose(event.target);
  });
}

/** Lights the cell again that is lit: it, or what made it, may be others. */
function again() {
  isDue = false;
  const key = shown;
  darken();
  shown = "";
  light(placesOf(key).length > 0 ? key : "");
  if (!shown) tell("");
}

/**
 * Where a cell stands.
 * @param {string} key
 * @returns {Element[]}
 */
export function placesOf(key) {
  read();
  return places.get(key) ?? [];
}

/** Reads what the page says about links, where it has changed. */
function read() {
  if (!isOld) return;
  isOld = false;
  made.clear();
  goes.clear();
  places.clear();
  told.clear();
  for (const element of all("[data-cell]")) push(places, element.dataset.cell ?? "", element);
  for (const links of all(".links")) {
    const { target = "", source = "", weights = "", items = "" } = links.dataset;
    for (const item of items.split(";")) {
      const [cell, from = ""] = item.split("=");
      const key = `${target}:${cell}`;
      const own = made.get(key) ?? { sources: [], weights: [], steps: "" };
      for (const link of from.split(",")) {
        const [input, weight] = link.split(".");
        if (Number(input) >= 0) connect(own.sources, `${source}:${input}`, key);
        if (weights && Number(weight) >= 0) connect(own.weights, `${weights}:${weight}`, key);
      }
      made.set(key, own);
    }
  }
  for (const step of all(".steps li")) told.set(step.dataset.cell ?? "", step.textContent ?? "");
}

/**
 * @param {string[]} list
 * @param {string} from
 * @param {string} to
 */
function connect(list, from, to) {
  list.push(from);
  const targets = goes.get(from) ?? new Set();
  targets.add(to);
  goes.set(from, targets);
}

/**
 * @template T
 * @param {Map<string, T[]>} map
 * @param {string} key
 * @param {T} value
 */
function push(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/**
 * @param {EventTarget | null} target
 * @returns {string}
 */
function keyOf(target) {
  const element = target instanceof Element ? target.closest("[data-cell]") : null;
  return element instanceof HTMLElement || element instanceof SVGElement || element instanceof MathMLElement ? element.dataset.cell ?? "" : "";
}

/** @param {EventTarget | null} target */
function pointed(target) {
  if (pinned) return;
  light(keyOf(target));
}

/** @param {string} key */
function pin(key) {
  pinned = key;
  light(key);
  document.documentElement.classList.toggle("pinned", key !== "");
}

/**
 * A cell of a grid that the page explains cell by cell becomes the one that is written out.
 * @param {EventTarget | null} target
 */
function choose(target) {
  const cell = target instanceof Element ? target.closest("td[data-cell]") : null;
  const figure = cell?.closest("figure[data-chooses]");
  if (!(cell instanceof HTMLElement) || !(figure instanceof HTMLElement)) return;
  const [rows, columns] = [Number(figure.dataset.rows), Number(figure.dataset.columns)];
  const place = Number((cell.dataset.cell ?? "").split(":")[1]) % (rows * columns);
  document.dispatchEvent(new CustomEvent("choose", { detail: { control: figure.dataset.chooses, text: `${Math.floor(place / columns)}_${place % columns}` } }));
}

function darken() {
  for (const element of all(".lit, .lit-source, .lit-weight, .lit-target")) element.classList.remove("lit", "lit-source", "lit-weight", "lit-target");
}

/**
 * Lights a cell, what made it and what it makes.
 * @param {string} key
 */
export function light(key) {
  if (key === shown) return;
  shown = key;
  darken();
  if (key) {
    read();
    paint(key, "lit");
    const own = made.get(key);
    for (const source of own?.sources ?? []) paint(source, "lit-source");
    for (const weight of own?.weights ?? []) paint(weight, "lit-weight");
    for (const target of goes.get(key) ?? []) paint(target, "lit-target");
  }
  tell(key);
}

/**
 * @param {string} key
 * @param {string} style
 */
function paint(key, style) {
  for (const element of places.get(key) ?? []) element.classList.add(style);
}

/** @param {string} key */
function tell(key) {
  let bar = document.getElementById("told");
  if (!bar) {
    bar = make("p", { id: "told", "aria-hidden": "true" });
    document.body.append(bar);
  }
  const text = key && !one(`.veiled[data-cell="${CSS.escape(key)}"], .veiled [data-cell="${CSS.escape(key)}"]`) ? sentence(key) : "";
  bar.textContent = text;
  bar.classList.toggle("shown", text !== "");
  if (text && text !== spoken) speak(text);
  spoken = text;
}

/**
 * What is said about a cell.
 * @param {string} key
 * @returns {string}
 */
function sentence(key) {
  const step = told.get(key);
  if (step) return step;
  const own = made.get(key);
  const targets = goes.get(key)?.size ?? 0;
  const cell = (places.get(key) ?? []).find((element) => element instanceof HTMLTableCellElement);
  if (!(cell instanceof HTMLTableCellElement) || (!own && targets === 0)) return "";
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement).rowIndex;
  const parts = [`${key.split(":")[0]}, row ${row}, column ${cell.cellIndex} = ${cell.textContent}`];
  if (own) parts.push(`made of ${own.sources.length} ${own.sources.length === 1 ? "number" : "numbers"}${own.weights.length ? " and their weights" : ""}`);
  if (targets) parts.push(`goes into ${targets} ${targets === 1 ? "cell" : "cells"}`);
  return `${parts.join(": ")}.`;
}
