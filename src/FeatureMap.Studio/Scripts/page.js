// Small things that several scripts need.

/** @type {(() => void)[]} */
const merged = [];

/**
 * Something to do now and after each merge of the stage, which brings elements without what scripts have added to them.
 * @param {() => void} action
 */
export function always(action) {
  merged.push(action);
  action();
}

/** Does what is to be done after a merge. */
export function afterMerge() {
  for (const action of merged) action();
}

// What is painted next, and the next key, come before what can wait.
const Wait = 50;

/**
 * Does something when what the page shows now has been painted.
 * @param {() => void} action
 */
export function afterPaint(action) {
  requestAnimationFrame(() => setTimeout(action, Wait));
}

/**
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {HTMLElement[]}
 */
export function all(selector, within = document) {
  return /** @type {HTMLElement[]} */ ([...within.querySelectorAll(selector)]);
}

/**
 * @param {string} selector
 * @param {ParentNode} within
 * @returns {HTMLElement | null}
 */
export function one(selector, within = document) {
  return within.querySelector(selector);
}

/**
 * Whether an element belongs to the form that is the state of the page, inside of it or elsewhere on the page.
 * @param {Element} target
 * @returns {boolean}
 */
export function isControl(target) {
  return target.closest("#controls") !== null || ("form" in target && /** @type {HTMLInputElement} */ (target).form?.id === "controls");
}

/**
 * An element that scripts made: merges leave it where it is.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {string} text
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, text = "") {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

/**
 * A sentence for those who hear the page.
 * @param {string} text
 */
export function speak(text) {
  const spoken = document.getElementById("spoken");
  if (spoken && spoken.textContent !== text) spoken.textContent = text;
}

/**
 * Whether keys are text here.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
export function isTyping(target) {
  return target instanceof Element && target.closest("input:not([type=range]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

/** @returns {boolean} */
export function wantsCalm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
