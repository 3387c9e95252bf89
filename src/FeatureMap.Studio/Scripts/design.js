// Design: the text is sent with each key, and what it costs comes back; buttons and keys change a line of it; going back is undo.
import { afterMerge, all, one, speak } from "./page.js";
import { problem } from "./form.js";
import { post, reason, Refusal } from "./live.js";
import { merge } from "./merge.js";
import { openedBlock, shiftBlock, showBlocks, startBlocks } from "./blocks.js";

/**
 * @typedef {{ text: string, query: string | null, html?: string, stack?: string, block: number, line: number, problem: { line: number, message: string } | null, findings: unknown[] }} Answer
 */

let asked = 0;
let isNewStep = true;
let isChecking = false;
/** @type {"push" | "replace" | null} */
let next = null;
/** What the text began with. */
let template = "";
/** How many lines the text had. */
let lines = 0;

export function startDesign() {
  const main = one("main.design");
  const area = /** @type {HTMLTextAreaElement | null} */ (one("#draft-text"));
  if (!main || !area) return;
  template = field("template")?.value ?? "";
  history.replaceState({ text: area.value }, "");
  lines = area.value.split("\n").length;
  area.addEventListener("input", () => {
    const more = area.value.split("\n").length - lines;
    lines += more;
    // What stood behind the place of writing moved; a line that is empty now was pushed down whole.
    if (more > 0) shiftBlock(line() - more + (area.value.split("\n")[line() - more - 1] === "" ? 0 : 1), more);
    else if (more < 0) shiftBlock(line() + 1, more);
    void check(isNewStep ? "push" : "replace");
  });
  area.addEventListener("blur", () => {
    isNewStep = true;
  });
  for (const event of ["keyup", "click", "focus"]) area.addEventListener(event, showLine);
  area.addEventListener("keydown", keys);
  one("#design-form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    void check("push");
  });
  one("#design-form")?.addEventListener("change", (event) => changed(/** @type {HTMLInputElement} */ (event.target)));
  main.addEventListener("click", clicked);
  main.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLFormElement) || event.target.id !== "save-form") return;
    event.preventDefault();
    void save(false);
  });
  startBlocks(send, caretTo);
  addEventListener("popstate", (event) => void back(/** @type {{ text?: string } | null} */ (event.state)));
  showLine();
}

/**
 * @param {string} name
 * @returns {HTMLInputElement | null}
 */
function field(name) {
  return /** @type {HTMLInputElement | null} */ (document.getElementById(`d-${name}`));
}

/** @returns {HTMLTextAreaElement} */
function area() {
  return /** @type {HTMLTextAreaElement} */ (document.getElementById("draft-text"));
}

/** The number of the line in which the caret stands, from 1. */
function line() {
  return area().value.slice(0, area().selectionStart).split("\n").length;
}

function showLine() {
  const lines = area().value.split("\n");
  const place = one("#caret-line");
  if (place) place.textContent = `line ${line()} of ${lines.length}: ${lines[line() - 1].trim().slice(0, 40) || "empty"}`;
}

/** @param {HTMLInputElement} control */
function changed(control) {
  if (control.id === "draft-text" || control.id === "add-layer") return;
  if (control.name === "template") {
    template = control.value;
    shiftBlock(1, -Infinity);
    void send("/api/design/check", { text: undefined }, "push");
    return;
  }
  void check("push");
}

/** @param {KeyboardEvent} event */
function keys(event) {
  if (event.ctrlKey && event.code === "Space") {
    event.preventDefault();
    one("#add-layer")?.focus();
    return;
  }
  if (!event.altKey || event.ctrlKey || event.metaKey) return;
  const edit = event.key === "ArrowUp" ? "up" : event.key === "ArrowDown" ? event.shiftKey ? "copy" : "down" : event.key === "Delete" ? "remove" : "";
  if (!edit) return;
  event.preventDefault();
  void change(edit);
}

/** @param {MouseEvent} event */
function clicked(event) {
  const target = event.target instanceof Element ? event.target : null;
  const edit = target?.closest("[data-edit]");
  if (edit instanceof HTMLElement) {
    event.preventDefault();
    void change(edit.dataset.edit ?? "");
    return;
  }
  const goto = target?.closest("[data-goto]");
  if (goto instanceof HTMLElement && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    select(Number(goto.dataset.goto));
    return;
  }
  if (target?.closest("#draft-undo")) history.back();
  else if (target?.closest("#copy-code")) void copyCode();
  else if (target?.closest("#copy-address")) void navigator.clipboard.writeText(location.href).then(() => speak("The address is copied."));
  else if (target?.closest("#save-replace")) void save(true);
}

/**
 * Puts the caret on a line.
 * @param {number} number
 */
function select(number) {
  area().focus();
  const start = caretTo(number);
  area().setSelectionRange(start, start + (area().value.split("\n")[number - 1] ?? "").length);
}

/**
 * Puts the caret at the beginning of a line, and leaves the focus where it is.
 * @param {number} number
 * @returns {number} where the line begins
 */
function caretTo(number) {
  const start = area().value.split("\n").slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
  area().setSelectionRange(start, start);
  showLine();
  return start;
}

/**
 * Changes the line of the caret, or makes the change that a finding proposes.
 * @param {string} edit
 */
async function change(edit) {
  const own = line();
  const layer = /** @type {HTMLSelectElement | null} */ (one("#add-layer"));
  const whole = edit.startsWith("fix:") ? edit : edit === "add" ? `add:${own}:${layer?.value ?? "Relu"}` : `${edit}:${own}`;
  const answer = await send("/api/design/edit", { edit: whole }, "push");
  if (!answer) return;
  if (edit.startsWith("fix:")) {
    speak("The change is made.");
    return;
  }
  const at = Math.max(1, Math.min(answer.line, answer.text.split("\n").length));
  if (document.activeElement === area() || document.activeElement === document.body) select(at);
  else caretTo(at);
  speak(`line ${at}: ${answer.text.split("\n")[at - 1] ?? ""}`);
}

/**
 * One question at a time: what is typed meanwhile is asked when the answer is there.
 * @param {"push" | "replace"} how
 */
async function check(how) {
  isNewStep = false;
  if (isChecking) {
    next = next === "push" ? next : how;
    return;
  }
  isChecking = true;
  await send("/api/design/check", {}, how);
  isChecking = false;
  if (!next) return;
  const owed = next;
  next = null;
  void check(owed);
}

/**
 * Sends the text with the numbers of the form, and shows what comes back.
 * @param {string} path
 * @param {Record<string, string | undefined>} more
 * @param {"push" | "replace"} how
 * @param {(text: string) => void} [tell] told what is refused, instead of the page
 * @returns {Promise<Answer | null>} null where it was refused, or a newer one is on its way
 */
async function send(path, more, how, tell) {
  const own = ++asked;
  const sent = area().value;
  /** @type {Record<string, string | boolean | undefined>} */
  const body = { text: sent, template, html: true };
  for (const name of ["batch", "macs", "objects", "layer", "row", "column", "with", "on"]) if (field(name)?.value) body[name] = field(name)?.value;
  body.parameters = field("parameters")?.value || "none";
  if (openedBlock()) body.block = String(openedBlock());
  try {
    const answer = /** @type {Answer} */ (await post(path, { ...body, ...more }));
    // A newer one is on its way, or the text was changed while a change of it was made.
    if (own !== asked || (area().value !== sent && answer.text !== sent)) return null;
    show(answer, how, answer.text !== sent);
    return answer;
  } catch (error) {
    if (own === asked && tell && error instanceof Refusal) tell(reason(error));
    else if (own === asked) problem(error instanceof Error ? error : new Error(String(error)));
    return null;
  }
}

/**
 * @param {Answer} answer
 * @param {"push" | "replace" | "none"} how
 * @param {boolean} isOther whether the text is another one now
 */
function show(answer, how, isOther) {
  const stage = one("#stage");
  if (!stage) return;
  if (isOther) area().value = answer.text;
  lines = answer.text.split("\n").length;
  if (answer.html) merge(stage, answer.html);
  if (answer.stack) showBlocks(answer.stack, answer.block, how === "none");
  afterMerge();
  options();
  problem(null);
  area().setAttribute("aria-invalid", String(answer.problem !== null));
  const address = answer.query === null ? location.href : `/design${answer.query ? "?" : ""}${answer.query}`;
  if (how === "push") history.pushState({ text: answer.text }, "", address);
  else if (how === "replace") history.replaceState({ text: answer.text }, "", address);
}

/** The layers whose field may be asked for are those of the text. */
function options() {
  const list = field("layer");
  if (!list || list === document.activeElement) return;
  const names = all("table.sheet tbody th").slice(1).map((cell) => cell.textContent ?? "");
  if (names.length === 0) return;
  const chosen = list.value;
  list.replaceChildren(new Option("no layer", ""), ...names.map((name) => new Option(name, name, false, name === chosen)));
}

/** @param {{ text?: string } | null} state */
async function back(state) {
  const own = ++asked;
  const given = new URLSearchParams(location.search);
  template = given.get("template") ?? /** @type {HTMLSelectElement | null} */ (one("#d-template option"))?.value ?? "";
  for (const name of ["batch", "macs", "objects", "layer", "row", "column", "with", "on", "template"]) {
    const control = field(name);
    if (control && name !== "template") control.value = given.get(name) ?? (name === "batch" ? "128" : "");
    else if (control) control.value = template;
  }
  const parameters = field("parameters");
  if (parameters) parameters.value = given.get("parameters") === "none" ? "" : given.get("parameters") ?? "19999";
  try {
    /** @type {Record<string, string | boolean>} */
    const body = { html: true };
    for (const [name, value] of given) body[name] = value;
    if (state?.text !== undefined) {
      delete body.draft;
      body.text = state.text;
    }
    const answer = /** @type {Answer} */ (await post("/api/design/check", body));
    if (own === asked) show(answer, "none", true);
    isNewStep = true;
  } catch (error) {
    if (own === asked) problem(error instanceof Error ? error : new Error(String(error)));
  }
}

async function copyCode() {
  const link = /** @type {HTMLAnchorElement | null} */ (one('a[download="network.cs"]'));
  if (!link) return;
  const answer = await fetch(link.href, { credentials: "same-origin" });
  await navigator.clipboard.writeText(await answer.text());
  const button = one("#copy-code");
  if (button) button.textContent = "Copied";
  setTimeout(() => {
    if (button) button.textContent = "Copy as C#";
  }, 1500);
}

/** @param {boolean} replaces */
async function save(replaces) {
  const name = /** @type {HTMLInputElement | null} */ (one("#save-name"));
  const note = one("#save-note");
  if (!name || !note) return;
  note.textContent = "";
  try {
    const sent = { text: area().value, name: name.value, replaces };
    const answer = /** @type {{ name: string, train: string }} */ (await post("/api/design/save", sent));
    const link = Object.assign(document.createElement("a"), { href: answer.train, textContent: "Train it now", className: "button" });
    note.append(`Kept as networks/${answer.name}.txt. `, link);
    link.focus();
  } catch (error) {
    note.append(`${error instanceof Error ? error.message : String(error)} `);
    if (/another network/.test(note.textContent ?? "")) note.append(Object.assign(document.createElement("button"), { type: "button", id: "save-replace", textContent: "Replace it" }));
  }
}
