// Changes a part of the document into what the studio sent, element by element, so that focus, caret, scroll and folded parts stay as they are.
import { isControl } from "./page.js";

/**
 * Changes an element into the first element of the text.
 * @param {Element} target
 * @param {string} html
 */
export function merge(target, html) {
  const source = elementOf(html);
  if (source) mergeElement(target, source);
}

/**
 * The stage as it was merged last: what stands around its pieces, and each piece by the id of its element.
 * @type {{ rest: string, pieces: Map<string, string> } | null}
 */
let known = null;

/**
 * Changes the stage into what came. Of a long page few pieces change with a key: those that came as they were are left alone, except where the reader
 * typed into one, and those that nobody sees now have time until the others are painted.
 * @param {HTMLElement} stage
 * @param {import("./live.js").Part} part
 * @returns {() => void} what is left to be done, unless a newer part was asked for meanwhile
 */
export function mergeStage(stage, { html, cuts = [] }) {
  const head = html.indexOf(">") + 1;
  /** @type {{ rest: string, pieces: Map<string, string> }} */
  const now = { rest: "", pieces: new Map() };
  let end = head;
  for (let i = 0; i < cuts.length; i += 2) {
    const piece = html.slice(cuts[i], cuts[i + 1]);
    const id = /^<[^>]* id="([^"]+)"/.exec(piece)?.[1] ?? "";
    now.rest += `${html.slice(end, cuts[i])}\n${id}\n`;
    now.pieces.set(id, piece);
    end = cuts[i + 1];
  }
  now.rest += html.slice(end);
  const pieces = known?.pieces ?? new Map();
  const changed = known?.rest !== now.rest ? null : [...now.pieces].map(([id, piece]) => ({ id, piece, place: document.getElementById(id) }))
    .filter(({ id, piece, place }) => pieces.get(id) !== piece || !place || place.hasAttribute("data-typed"));
  if (!changed || changed.some((one) => one.place === null)) {
    known = cuts.length > 0 ? now : null;
    merge(stage, html);
    return () => {};
  }
  // Before anything changes: then the browser knows where each piece is.
  const places = changed.map((one) => ({ ...one, isFirst: isSeen(/** @type {HTMLElement} */ (one.place)) }));
  const take = (/** @type {boolean} */ isFirst) => {
    for (const { id, piece, place } of places.filter((one) => one.isFirst === isFirst)) {
      merge(/** @type {HTMLElement} */ (place), piece);
      pieces.set(id, piece);
    }
  };
  take(true);
  mergeAttributes(stage, elementOf(html.slice(0, head)) ?? stage);
  return () => {
    take(false);
    for (const control of /** @type {HTMLFormElement | null} */ (document.querySelector("#controls"))?.elements ?? []) {
      mergeValue(control);
      for (const option of control instanceof HTMLSelectElement ? control.options : []) mergeValue(option);
    }
  };
}

/**
 * Whether a piece is on screen. The controls show already what the reader has set.
 * @param {HTMLElement} place
 * @returns {boolean}
 */
function isSeen(place) {
  if (place.id === "controls") return false;
  const box = place.getBoundingClientRect();
  return box.height > 0 && box.bottom > 0 && box.top < innerHeight;
}

/**
 * @param {string} html
 * @returns {Element | null}
 */
function elementOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

/**
 * @param {Element} target
 * @param {Element} source
 */
function mergeElement(target, source) {
  // A long table changes in a few rows, and the browser compares faster than this does.
  if (target.localName === "tr" && target.isEqualNode(source) && !target.querySelector("input, select, textarea")) return;
  mergeAttributes(target, source);
  if (target.hasAttribute("data-keep") || isEdited(target)) return;
  // Nobody looks at the cells of a folded table: exchanging them costs a fraction of comparing them.
  if (target.localName === "tbody" && target.closest("details:not([open])")) {
    target.replaceChildren(...source.childNodes);
    return;
  }
  mergeChildren(target, source);
  mergeValue(target);
}

/**
 * @param {Element} target
 * @param {Element} source
 */
function mergeAttributes(target, source) {
  for (const { name, value } of [...source.attributes])
    if (target.getAttribute(name) !== value && !isOwn(target, name)) target.setAttribute(name, value);
  for (const { name } of [...target.attributes])
    if (!source.hasAttribute(name) && !isOwn(target, name)) target.removeAttribute(name);
}

/**
 * What the reader or a script has set: folded parts, and the one cell of a grid or block of a list that Tab reaches.
 * @param {Element} target
 * @param {string} name
 * @returns {boolean}
 */
function isOwn(target, name) {
  return (name === "open" && target.localName === "details") || (name === "tabindex" && (target.localName === "td" || target.classList.contains("block-head")));
}

/**
 * A cell in which somebody types.
 * @param {Element} target
 * @returns {boolean}
 */
function isEdited(target) {
  return target.localName === "td" && target.querySelector("input") !== null;
}

/**
 * @param {Element} target
 * @param {Element} source
 */
function mergeChildren(target, source) {
  /** @type {Map<string, Element>} */
  const byKey = new Map();
  for (const child of target.children) {
    const key = keyOf(child);
    if (key) byKey.set(key, child);
  }
  let at = next(target.firstChild);
  for (const wanted of [...source.childNodes]) {
    const key = wanted instanceof Element ? keyOf(wanted) : "";
    const known = key ? byKey.get(key) : undefined;
    if (known && known.localName === /** @type {Element} */ (wanted).localName) {
      // Where it has the focus, what stands before it goes: an element that is moved loses it, and a key that is down with it.
      if (known.contains(document.activeElement))
        while (at && at !== known) at = dropped(at);
      if (known === at) at = next(at.nextSibling);
      else target.insertBefore(known, at);
      mergeElement(known, /** @type {Element} */ (wanted));
    } else if (at && isAlike(at, wanted)) {
      const here = at;
      at = next(at.nextSibling);
      if (here instanceof Element) mergeElement(here, /** @type {Element} */ (wanted));
      else if (here.nodeValue !== wanted.nodeValue) here.nodeValue = wanted.nodeValue;
    } else target.insertBefore(wanted, at);
  }
  while (at) at = dropped(at);
}

/**
 * Removes a node.
 * @param {ChildNode} gone
 * @returns {ChildNode | null} the one behind it
 */
function dropped(gone) {
  const behind = next(gone.nextSibling);
  gone.remove();
  return behind;
}

/**
 * The next node that is not made by a script.
 * @param {ChildNode | null} node
 * @returns {ChildNode | null}
 */
function next(node) {
  while (node instanceof Element && node.hasAttribute("data-own")) node = node.nextSibling;
  return node;
}

/**
 * @param {Node} here
 * @param {Node} wanted
 * @returns {boolean}
 */
function isAlike(here, wanted) {
  if (here.nodeType !== wanted.nodeType) return false;
  if (!(here instanceof Element)) return true;
  const other = /** @type {Element} */ (wanted);
  // What is kept as it is cannot become something else.
  return here.localName === other.localName && keyOf(here) === keyOf(other) && here.hasAttribute("data-keep") === other.hasAttribute("data-keep");
}

/**
 * @param {Element} element
 * @returns {string}
 */
function keyOf(element) {
  return element.id;
}

/**
 * Controls show the state, except the one that has the focus, which the reader is changing.
 * @param {Element} target
 */
function mergeValue(target) {
  if (target === document.activeElement || (!isControl(target) && !target.closest("#stack"))) return;
  if (target instanceof HTMLInputElement) {
    if (target.type === "radio" || target.type === "checkbox") target.checked = target.defaultChecked;
    else target.value = target.defaultValue;
  } else if (target instanceof HTMLTextAreaElement) target.value = target.defaultValue;
  else if (target instanceof HTMLOptionElement) target.selected = target.defaultSelected;
}
