// Grids of numbers by keyboard and mouse: one tab stop each, arrows, Home and End, Enter or F2 to edit, Escape, typing replaces, a block is pasted and copied.
import { all, always, make, one } from "./page.js";
import { setControl } from "./form.js";

export function startGrids() {
  always(() => {
    for (const table of all("table[role=grid]")) {
      const cells = all("td", table);
      if (cells.length > 0 && !cells.some((cell) => cell.getAttribute("tabindex") === "0")) cells[0].setAttribute("tabindex", "0");
      for (const cell of cells) if (!cell.hasAttribute("tabindex")) cell.setAttribute("tabindex", "-1");
    }
    for (const figure of all("figure.edited")) sizeButtons(figure);
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", (event) => {
    const cell = gridCell(event.target);
    if (cell && !(event.target instanceof HTMLInputElement)) stopAt(cell);
  });
  document.addEventListener("dblclick", (event) => {
    const cell = gridCell(event.target);
    if (cell) edit(cell, null);
  });
  document.addEventListener("click", (event) => {
    const cell = gridCell(event.target);
    if (!cell || event.target instanceof HTMLInputElement) return;
    if (document.activeElement === cell && event.detail === 1 && cell.dataset.was === "here") edit(cell, null);
    cell.dataset.was = "here";
    cell.focus();
  });
  document.addEventListener("focusout", (event) => {
    const cell = gridCell(event.target);
    if (cell && cell === event.target) delete cell.dataset.was;
  });
  document.addEventListener("paste", onPaste);
  document.addEventListener("copy", onCopy);
}

/**
 * @param {EventTarget | null} target
 * @returns {HTMLTableCellElement | null}
 */
function gridCell(target) {
  const cell = target instanceof Element ? target.closest("table[role=grid] td") : null;
  return cell instanceof HTMLTableCellElement ? cell : null;
}

/** @param {HTMLTableCellElement} cell */
function stopAt(cell) {
  for (const other of all("td[tabindex='0']", /** @type {HTMLElement} */ (cell.closest("table")))) if (other !== cell) other.setAttribute("tabindex", "-1");
  cell.setAttribute("tabindex", "0");
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const cell = gridCell(event.target);
  if (!cell) return;
  if (event.target instanceof HTMLInputElement) {
    whileEditing(event, cell, event.target);
    return;
  }
  const to = step(cell, event);
  if (to) {
    event.preventDefault();
    to.focus();
  } else if (event.ctrlKey || event.metaKey || event.altKey) return;
  else if (event.key === "Enter" || event.key === "F2") {
    if (edit(cell, null)) event.preventDefault();
  } else if (event.key === "Delete" || event.key === "Backspace") {
    if (isEditable(cell)) commit(cell, "0", true);
  } else if (/^[-+.0-9]$/.test(event.key) && edit(cell, event.key)) event.preventDefault();
}

/**
 * Where a key leads; null where it leads nowhere.
 * @param {HTMLTableCellElement} cell
 * @param {KeyboardEvent} event
 * @returns {HTMLTableCellElement | null}
 */
function step(cell, event) {
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const rows = /** @type {HTMLTableElement} */ (cell.closest("table")).rows;
  const [r, c] = [row.rowIndex, cell.cellIndex];
  const last = row.cells.length - 1;
  /** @type {Record<string, [number, number]>} */
  const places = {
    ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
    Home: [event.ctrlKey ? 0 : r, 0], End: [event.ctrlKey ? rows.length - 1 : r, last],
  };
  const place = places[event.key];
  if (!place || event.altKey || event.metaKey) return null;
  return rows[Math.min(Math.max(place[0], 0), rows.length - 1)].cells[Math.min(Math.max(place[1], 0), last)];
}

/**
 * @param {HTMLTableCellElement} cell
 * @returns {boolean}
 */
function isEditable(cell) {
  return cell.closest("figure.edited") !== null;
}

/**
 * Puts a field into the cell; with a first key it replaces the number.
 * @param {HTMLTableCellElement} cell
 * @param {string | null} key
 * @returns {boolean}
 */
function edit(cell, key) {
  if (!isEditable(cell) || cell.querySelector("input")) return false;
  const before = numberOf(cell);
  const field = /** @type {HTMLInputElement} */ (make("input", { type: "text", inputmode: "decimal", "aria-label": "New number", "data-before": before, maxlength: "14" }));
  field.value = key ?? before;
  cell.textContent = "";
  figureOf(cell).dataset.typed = "";
  cell.append(field);
  field.focus();
  if (key === null) field.select();
  field.addEventListener("input", () => {
    if (isNumber(field.value)) commit(cell, field.value, false);
  });
  if (key !== null && isNumber(key)) commit(cell, key, false);
  field.addEventListener("blur", () => finish(cell, field, isNumber(field.value)));
  return true;
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLTableCellElement} cell
 * @param {HTMLInputElement} field
 */
function whileEditing(event, cell, field) {
  if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    finish(cell, field, false);
    cell.focus();
  } else if (event.key === "Enter" || event.key === "Tab") {
    event.preventDefault();
    finish(cell, field, isNumber(field.value));
    const name = event.key === "Tab" ? (event.shiftKey ? "ArrowLeft" : "ArrowRight") : event.shiftKey ? "ArrowUp" : "ArrowDown";
    (step(cell, new KeyboardEvent("keydown", { key: name })) ?? cell).focus();
  }
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {HTMLInputElement} field
 * @param {boolean} isKept
 */
function finish(cell, field, isKept) {
  // To take the field away is to blur it, which leads here again.
  if (!field.isConnected || field.dataset.done) return;
  field.dataset.done = "true";
  const before = field.dataset.before ?? "0";
  const text = isKept ? String(Number(field.value)) : before;
  field.remove();
  cell.textContent = text;
  figureOf(cell).dataset.typed = "";
  commit(cell, text, true);
}

/**
 * @param {HTMLTableCellElement} cell
 * @returns {HTMLElement}
 */
function figureOf(cell) {
  return /** @type {HTMLElement} */ (cell.closest("figure.edited"));
}

/**
 * Writes the whole grid into its control, with one cell changed.
 * @param {HTMLTableCellElement} cell
 * @param {string} text
 * @param {boolean} isDone
 */
function commit(cell, text, isDone) {
  delete cell.dataset.value;
  write(figureOf(cell), (other) => (other === cell ? text : numberOf(other)), isDone);
}

/**
 * @param {HTMLElement} figure
 * @param {(cell: HTMLTableCellElement) => string} numbers
 * @param {boolean} isDone
 */
function write(figure, numbers, isDone) {
  const planes = all("table[role=grid]", figure).map((table) => [.../** @type {HTMLTableElement} */ (table).rows].map((row) => [...row.cells].map(numbers).join("_")).join("~"));
  const text = planes.join("~~");
  setControl(figure.dataset.control ?? "", /[_~]/.test(text) ? text : `${text}~`, isDone);
}

/**
 * The exact number of a cell.
 * @param {HTMLTableCellElement} cell
 * @returns {string}
 */
export function numberOf(cell) {
  const field = cell.querySelector("input");
  if (field) return isNumber(field.value) ? field.value : field.dataset.before ?? "0";
  return cell.dataset.value ?? (cell.textContent ?? "").replaceAll(",", "");
}

/**
 * @param {string} text
 * @returns {boolean}
 */
function isNumber(text) {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

/** @param {ClipboardEvent} event */
function onPaste(event) {
  const cell = gridCell(event.target);
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const rows = text.trim().split(/\r?\n/).map((row) => row.trim().split(/[\t; ]+|,\s*/));
  if (!cell || !isEditable(cell) || (event.target instanceof HTMLInputElement && rows.length === 1 && rows[0].length === 1)) return;
  event.preventDefault();
  if (!rows.flat().every(isNumber)) return;
  cell.querySelector("input")?.remove();
  figureOf(cell).dataset.typed = "";
  const table = cell.closest("table");
  const [top, left] = [/** @type {HTMLTableRowElement} */ (cell.parentElement).rowIndex, cell.cellIndex];
  write(figureOf(cell), (other) => {
    const row = /** @type {HTMLTableRowElement} */ (other.parentElement).rowIndex - top;
    const pasted = other.closest("table") === table ? rows[row]?.[other.cellIndex - left] : undefined;
    return pasted ?? numberOf(other);
  }, true);
  cell.focus();
}

/** @param {ClipboardEvent} event */
function onCopy(event) {
  const cell = gridCell(event.target);
  if (!cell || event.target instanceof HTMLInputElement || !getSelection()?.isCollapsed) return;
  const table = /** @type {HTMLTableElement} */ (cell.closest("table"));
  event.clipboardData?.setData("text/plain", [...table.rows].map((row) => [...row.cells].map(numberOf).join("\t")).join("\n"));
  event.preventDefault();
}

/**
 * Buttons for more and fewer rows and columns.
 * @param {HTMLElement} figure
 */
function sizeButtons(figure) {
  const place = one(".size-buttons", figure);
  if (!place || place.dataset.ready) return;
  place.dataset.ready = "true";
  place.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const [rows, columns] = [Number(button.dataset.rows ?? 0), Number(button.dataset.columns ?? 0)];
    const planes = all("table[role=grid]", figure).map((table) => {
      const numbers = [.../** @type {HTMLTableElement} */ (table).rows].map((row) => [...row.cells].map(numberOf));
      const [height, width] = [numbers.length + rows, numbers[0].length + columns];
      return Array.from({ length: height }, (_, row) => Array.from({ length: width }, (_, column) => numbers[row]?.[column] ?? "0").join("_")).join("~");
    });
    const text = planes.join("~~");
    setControl(figure.dataset.control ?? "", /[_~]/.test(text) ? text : `${text}~`, true);
  });
}
