// The controls and the address: a change asks for the stage, merges it and writes the address, so that back and forward are undo and redo.
import { afterMerge, afterPaint, all, isControl, one } from "./page.js";
import { ask, Refusal } from "./live.js";
import { mergeStage } from "./merge.js";

let asked = 0;
// The next change begins a new step of the history; what follows while a slider is dragged replaces it.
let isNewStep = true;
// A step that is due and not yet in the history: a newer change came before the answer, and takes it over.
let owesStep = false;
// Merges what waits for the paint: links and controls out of sight, which stand at the state before until then.
let finish = () => {};
// Whether that state came from elsewhere than the controls: then they are not what the reader has set.
let isFromElsewhere = false;

/** Pages whose state is a form that is asked for again, part by part. */
export const Pages = "main.lesson, main.try, main.walk, main[data-form]";

export function startForm() {
  const main = one(Pages);
  if (!main) return;
  main.addEventListener("pointerdown", () => finish(), { capture: true });
  // By keys too, and before anybody else looks at the link.
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a[data-state]")) finish();
  }, { capture: true });
  main.addEventListener("submit", (event) => {
    if (event.target instanceof Element && event.target.hasAttribute("data-leave")) return;
    event.preventDefault();
    void change(true);
  });
  main.addEventListener("input", (event) => {
    const target = /** @type {HTMLInputElement} */ (event.target);
    if (!isControl(target)) return;
    slide(target);
    if (target.type !== "radio" && isWhole(target)) void change(false);
  });
  main.addEventListener("change", (event) => {
    const target = /** @type {HTMLInputElement} */ (event.target);
    if (!isControl(target)) return;
    void change(false).then(() => {
      isNewStep = true;
    });
  });
  main.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-state]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0 || link.hasAttribute("data-leave")) return;
    event.preventDefault();
    void show(link.pathname + link.search, "push", true);
  });
  addEventListener("popstate", () => void show(location.pathname + location.search, "none", true));
  one("#stage")?.parentElement?.addEventListener("click", copyAddress);
}

/**
 * Sets a control by its name, as if it were typed.
 * @param {string} name
 * @param {string} text
 * @param {boolean} isDone false while the reader still types
 */
export function setControl(name, text, isDone) {
  const control = /** @type {HTMLInputElement | HTMLTextAreaElement | null} */ (one(`#controls [name="${CSS.escape(name)}"]`));
  if (!control) return;
  if (isFromElsewhere) finish();
  control.value = text;
  void change(false).then(() => {
    if (isDone) isNewStep = true;
  });
}

/** What was asked for last; done when it is on screen. */
let settling = Promise.resolve();

/** Waits until the page shows what the controls say. */
export function settled() {
  return settling;
}

/**
 * Asks again for what is on screen; a change of the reader that is on its way comes first, and its address is the one that is asked for.
 * @returns {Promise<void>}
 */
export async function askAgain() {
  await settling;
  if (one(Pages)) await show(location.pathname + location.search, "none", true);
}

/** @param {boolean} isStep */
async function change(isStep) {
  const stage = one("#stage");
  if (!stage) return;
  if (isFromElsewhere) finish();
  const query = queryOf(/** @type {HTMLFormElement} */ (one("#controls")));
  const how = isNewStep || isStep || owesStep ? "push" : "replace";
  isNewStep = false;
  settling = show(`${stage.dataset.page}${query ? "?" : ""}${query}`, how, false);
  await settling;
}

/**
 * @param {string} address
 * @param {"push" | "replace" | "none"} how
 * @param {boolean} isElsewhere whether it comes from elsewhere than the controls
 */
async function show(address, how, isElsewhere) {
  const [path, query = ""] = address.split("?");
  const own = ++asked;
  const stage = one("#stage");
  if (!stage) return;
  owesStep = how === "push";
  const late = setTimeout(() => stage.classList.add("waiting"), 250);
  try {
    const part = await ask(`${path}/stage${query ? "?" : ""}${query}`);
    if (own !== asked) return; // a newer one is on its way
    owesStep = false;
    const rest = mergeStage(stage, part);
    afterMerge();
    isFromElsewhere = isElsewhere;
    finish = () => {
      finish = () => {};
      rest();
      afterMerge();
    };
    afterPaint(() => {
      if (own === asked) finish();
    });
    const canonical = `${path}${stage.dataset.query ? "?" : ""}${stage.dataset.query}`;
    if (how === "push" && canonical !== location.pathname + location.search) history.pushState(null, "", canonical + location.hash);
    else if (how !== "none") history.replaceState(null, "", canonical + location.hash);
    problem(null);
  } catch (error) {
    if (own !== asked) return;
    owesStep = false;
    problem(error instanceof Refusal ? error : error instanceof Error ? error : new Error(String(error)));
  } finally {
    clearTimeout(late);
    if (own === asked) stage.classList.remove("waiting");
  }
}

/**
 * A problem stands in the stage; the last good numbers stay and are marked as old.
 * @param {Error | null} error
 */
export function problem(error) {
  const place = one("#problem");
  const stage = one("#stage");
  if (!place || !stage) return;
  stage.classList.toggle("old", error !== null);
  place.hidden = error === null;
  place.textContent = "";
  if (!error) return;
  const title = document.createElement("b");
  title.textContent = error instanceof Refusal ? error.problem.title : "The studio cannot be reached";
  const detail = document.createElement("p");
  detail.textContent = error.message;
  place.append(title, detail);
  const fix = error instanceof Refusal ? error.problem.fix : "Is it still running? Its terminal shows the address.";
  if (fix) place.append(Object.assign(document.createElement("p"), { textContent: fix }));
  place.append(Object.assign(document.createElement("p"), { className: "note", textContent: "The numbers below are those from before." }));
}

/**
 * The state of the form as an address: matrices with _ between numbers and ~ between rows.
 * @param {HTMLFormElement} form
 * @returns {string}
 */
export function queryOf(form) {
  const pairs = [];
  for (const [name, value] of new FormData(form)) {
    const control = form.elements.namedItem(name);
    const text = String(value);
    const written = control instanceof HTMLTextAreaElement ? matrixText(text) : control instanceof HTMLInputElement && control.type === "text" && !control.hasAttribute("data-text") ? text.trim().replace(/[\s,]+/g, "_") : text;
    pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(written)}`);
  }
  return pairs.join("&");
}

/**
 * @param {string} text
 * @returns {string}
 */
function matrixText(text) {
  return text.trim().split(/\r?\n|;/).map((row) => row.trim().replace(/[\s,]+/g, "_")).join("~");
}

/**
 * A slider and its number are one.
 * @param {HTMLInputElement} target
 */
function slide(target) {
  if (target.dataset.slides) {
    const number = /** @type {HTMLInputElement | null} */ (document.getElementById(target.dataset.slides));
    if (number) number.value = target.value;
    return;
  }
  for (const slider of all(`[data-slides="${CSS.escape(target.id)}"]`)) /** @type {HTMLInputElement} */ (slider).value = target.value;
}

/**
 * Half a number, such as "-", is not sent while it is typed.
 * @param {HTMLInputElement} target
 * @returns {boolean}
 */
function isWhole(target) {
  return target.type === "range" || (target.value.trim() !== "" && target.checkValidity() && !/[-+.e]$/i.test(target.value.trim()));
}

/** @param {Event} event */
function copyAddress(event) {
  const button = event.target instanceof Element ? event.target.closest("#copy-address") : null;
  if (!button) return;
  void navigator.clipboard.writeText(location.href).then(() => {
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = "Copy the address";
    }, 1500);
  });
}
