// Changes a part of the document into what the studio sent, element by element, so that focus, caret, scroll and folded parts stay as they are.
import { isControl } from "./page.js";

/**
 * Changes an element into the first element of the text.
 * @param {Element} target
 * @param {string} html
 */
export function merge(target, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const source = template.content.firstElementChild;
  if (source) mergeElement(target, source);
}

/**
 * @param {Element} target
 * @param {Element} source
 */
function mergeElement(target, source) {
  mergeAttributes(target, source);
  if (target.hasAttribute("data-keep") || isEdited(target)) return;
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
