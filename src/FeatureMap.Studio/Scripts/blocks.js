// The blocks of Design: the same network as the text. A change of a block is sent as an edit of its line; what comes back is the text and the blocks.
import { all, always, isTyping, one, speak } from "./page.js";
import { merge } from "./merge.js";

/**
 * @typedef {{ text: string, line: number }} Changed
 * @typedef {(path: string, more: Record<string, string | undefined>, how: "push" | "replace", tell?: (text: string) => void) => Promise<Changed | null>} Send
 */

/** @type {Record<string, string>} */
const Keys = { ArrowUp: "up", ArrowDown: "down", Delete: "remove" };

/** The line of the block that is open; 0 for none. */
let opened = 0;
/** The block that Tab reaches, by its line. */
let reached = 0;
/** @type {Send} */
let send = async () => null;
/** @type {(line: number) => void} */
let toLine = () => {};

// What is typed while an answer is on its way is sent when it is there, the newest of each field.
/** @type {Map<string, { edit: string, how: "push" | "replace" }>} */
const owed = new Map();
let isBusy = false;
/** The field whose change has begun a step of the history. */
let stepOf = "";

/**
 * @param {Send} sending
 * @param {(line: number) => void} caret puts the caret of the text on a line
 */
export function startBlocks(sending, caret) {
  const stack = one("#stack");
  if (!stack) return;
  [send, toLine] = [sending, caret];
  opened = Number(/** @type {HTMLInputElement | null} */ (one("#d-block"))?.value ?? 0);
  stack.addEventListener("click", clicked);
  stack.addEventListener("keydown", keys);
  stack.addEventListener("input", typed);
  stack.addEventListener("change", settled);
  stack.addEventListener("focusin", (event) => {
    const head = headOf(event.target);
    if (!head) return;
    reached = Number(head.dataset.block);
    toLine(reached);
    rove();
  });
  stack.addEventListener("focusout", () => {
    stepOf = "";
  });
  always(rove);
}

/** The line of the open block; 0 for none. */
export function openedBlock() {
  return opened;
}

/**
 * Lines were written or taken away in the text: the open block goes along.
 * @param {number} line the first line that moved
 * @param {number} more
 */
export function shiftBlock(line, more) {
  if (opened >= line) opened = Math.max(0, opened + more);
}

/**
 * @param {string} html
 * @param {number} block the line of the open block
 * @param {boolean} isBack whether fields show what was before, also the one that has the focus
 */
export function showBlocks(html, block, isBack) {
  const stack = one("#stack");
  if (!stack) return;
  const focused = stack.contains(document.activeElement) ? document.activeElement?.id ?? "" : "";
  opened = block;
  merge(stack, html);
  const field = /** @type {HTMLInputElement | null} */ (one("#d-block"));
  if (field) field.value = block > 0 ? String(block) : "";
  if (focused && !stack.contains(document.activeElement)) (document.getElementById(focused) ?? head(reached))?.focus();
  const active = document.activeElement;
  if (isBack && active instanceof HTMLInputElement && stack.contains(active)) active.value = active.defaultValue;
}

/** @param {EventTarget | null} target */
function headOf(target) {
  return /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest(".block-head") : null);
}

/** @param {number} line */
function head(line) {
  return one(`#head-${line}`);
}

// One block of them all is reached by Tab; arrows go on from there.
function rove() {
  const heads = all("#stack .block-head");
  const at = heads.find((one) => Number(one.dataset.block) === reached) ?? heads.find((one) => Number(one.dataset.block) === opened) ?? heads[0];
  for (const one of heads) one.tabIndex = one === at ? 0 : -1;
}

/** @param {MouseEvent} event */
function clicked(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const head = headOf(event.target);
  const button = event.target instanceof Element ? event.target.closest("[data-block-edit]") : null;
  if (!head && !button) return;
  event.preventDefault();
  if (button instanceof HTMLElement) void change(button.dataset.blockEdit ?? "", opened, button.id);
  else if (head) void open(Number(head.dataset.block) === opened ? 0 : Number(head.dataset.block));
}

/** @param {number} line */
async function open(line) {
  if (line) [reached, opened] = [line, line];
  else opened = 0;
  await send("/api/design/check", {}, "replace");
}

/**
 * Changes a line, and stays where the reader is: at the button, or at the head of the block where it is now.
 * @param {string} edit
 * @param {number} line
 * @param {string} button id of the button that was pressed; empty for a key at a head
 */
async function change(edit, line, button) {
  const value = (/** @type {string} */ id) => /** @type {HTMLSelectElement | null} */ (document.getElementById(id))?.value ?? "";
  const whole = edit === "add" ? `add:${line}:${value("block-layer")}` : edit === "branch" ? `branch:${line}:${value("block-by")}:${value("block-from")}` : `${edit}:${line}`;
  const answer = await send("/api/design/edit", { edit: whole }, "push", refuse);
  if (!answer) return;
  const lines = answer.text.split("\n");
  reached = Math.max(1, Math.min(answer.line, lines.length));
  rove();
  toLine(reached);
  const place = button ? document.getElementById(button) : head(reached) ?? head(reached - 1);
  (place ?? head(reached) ?? all("#stack .block-head").at(-1))?.focus();
  speak(`line ${reached}: ${lines[reached - 1] ?? ""}`);
}

/** @param {string} text */
function refuse(text) {
  const place = one("#block-refusal");
  if (place) place.textContent = text;
  else speak(text);
}

/** @param {KeyboardEvent} event */
function keys(event) {
  const head = headOf(event.target);
  if (!head) {
    inside(event);
    return;
  }
  const line = Number(head.dataset.block);
  if (event.altKey && !event.ctrlKey && !event.metaKey) {
    const edit = event.key === "ArrowDown" && event.shiftKey ? "copy" : Keys[event.key];
    if (!edit) return;
    event.preventDefault();
    void change(edit, line, "");
    return;
  }
  if (event.ctrlKey && event.code === "Space") {
    event.preventDefault();
    (one("#block-layer") ?? one("#add-layer"))?.focus();
    return;
  }
  if (event.ctrlKey || event.metaKey) return;
  if (event.key === "b") {
    event.preventDefault();
    void (opened === line ? Promise.resolve() : open(line)).then(() => one("#block-from")?.focus());
    return;
  }
  const heads = all("#stack .block-head");
  const at = heads.indexOf(head);
  /** @type {Record<string, number>} */
  const places = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: heads.length - 1 };
  const next = places[event.key];
  if (next === undefined) return;
  event.preventDefault();
  heads[Math.max(0, Math.min(heads.length - 1, next))].focus();
}

/**
 * Keys in the open block: Escape goes back to its head, Enter takes a field over.
 * @param {KeyboardEvent} event
 */
function inside(event) {
  if (event.key === "Escape") head(opened)?.focus();
  else if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement) || !isTyping(event.target)) return;
  else settled(event);
  event.preventDefault();
}

/** @param {Event} event */
function typed(event) {
  const field = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement ? event.target : null;
  if (!field) return;
  if (field.dataset.set) owe(field, `set:${opened}:${field.dataset.set}=${field.value}`);
  else if (field.dataset.lineEdit === "write") owe(field, `write:${opened}:${field.value}`);
}

/**
 * Names are taken over when they are whole.
 * @param {Event} event
 */
function settled(event) {
  const field = event.target instanceof HTMLInputElement ? event.target : null;
  if (!field?.dataset.lineEdit || field.dataset.lineEdit === "write" || field.value === field.defaultValue) return;
  owe(field, `${field.dataset.lineEdit}:${opened}:${field.value}`);
}

/**
 * @param {HTMLElement} field
 * @param {string} edit
 */
function owe(field, edit) {
  const how = owed.get(field.id)?.how ?? (stepOf === field.id ? "replace" : "push");
  stepOf = field.id;
  owed.set(field.id, { edit, how });
  if (!isBusy) void pay();
}

async function pay() {
  isBusy = true;
  for (const [id, { edit, how }] of owed) {
    owed.delete(id);
    await send("/api/design/edit", { edit }, how, refuse);
  }
  isBusy = false;
}
