// The square to draw in: by mouse, touch and pen, and by keys. What is drawn stands in the address: runs of paper and ink, see InkDrawing.cs.
import { all, always, one, speak } from "./page.js";
import { setControl } from "./form.js";

const Side = 112;
// Keys move the pen by a sixteenth of the square.
const Step = 7;
const MostLetters = 6000;

const ink = new Uint8Array(Side * Side);
const pen = { row: 56, column: 56, isDown: false, isEraser: false };
/** The control that receives the id. */
let control = "image";
/** The id that stands for what is on the square. */
let shown = "";
let answered = "";
let timer = 0;

export function startPad() {
  const pad = one("#pad");
  const canvas = /** @type {HTMLCanvasElement | null} */ (one("#pad-canvas"));
  if (!pad || !canvas) return;
  control = pad.dataset.picks ?? control;
  // The tools are no controls of the form.
  for (const name of ["input", "change"]) pad.addEventListener(name, (event) => event.stopPropagation());
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    const before = pen.isEraser;
    if (event.buttons & 32) pen.isEraser = true; // the other end of a pen
    let last = place(canvas, event);
    line(last, last);
    const move = (/** @type {PointerEvent} */ now) => {
      for (const part of now.getCoalescedEvents?.() ?? [now]) {
        const next = place(canvas, part);
        line(last, next);
        last = next;
      }
    };
    const end = () => {
      canvas.removeEventListener("pointermove", move);
      pen.isEraser = before;
      ask(true);
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", end, { once: true });
    canvas.addEventListener("pointercancel", end, { once: true });
  });
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("focus", paint);
  canvas.addEventListener("blur", paint);
  one("#pad-clear")?.addEventListener("click", clear);
  one("#pad-eraser")?.addEventListener("click", (event) => {
    pen.isEraser = !pen.isEraser;
    /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-pressed", String(pen.isEraser));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  always(take);
}

/** Shows the drawing of the address, where it is another one: after going back, or in a new page. Says the answers to those who hear them. */
function take() {
  const said = all(".verdict-line").map((line) => line.textContent ?? "").join("; ");
  if (said !== answered && answered !== "") speak(said);
  answered = said;
  const id = /** @type {HTMLInputElement | null} */ (one(`#controls [name="${CSS.escape(control)}"]`))?.value ?? "";
  if (id === shown || pen.isDown) return;
  shown = id;
  ink.fill(0);
  if (id.startsWith("ink-")) read(id.slice(4));
  paint();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  /** @type {Record<string, [number, number]>} */
  const ways = { ArrowUp: [-Step, 0], ArrowDown: [Step, 0], ArrowLeft: [0, -Step], ArrowRight: [0, Step] };
  const way = ways[event.key];
  if (way) {
    const before = { row: pen.row, column: pen.column };
    pen.row = Math.min(Math.max(pen.row + way[0], 0), Side - 1);
    pen.column = Math.min(Math.max(pen.column + way[1], 0), Side - 1);
    if (event.shiftKey) {
      line(before, pen);
      ask(true);
    }
    speak(`row ${Math.round(pen.row / Step)}, column ${Math.round(pen.column / Step)}${ink[(pen.row * Side) + pen.column] ? ", ink" : ""}`);
    paint();
  } else if (event.key === " ") {
    const was = pen.isEraser;
    pen.isEraser = ink[(pen.row * Side) + pen.column] === 1;
    line(pen, pen);
    speak(pen.isEraser ? "ink taken away" : "ink");
    pen.isEraser = was;
    ask(true);
  } else if (event.key === "Delete" || event.key === "Backspace") clear();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function clear() {
  ink.fill(0);
  paint();
  ask(true);
  speak("The square is empty.");
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {PointerEvent} event
 * @returns {{ row: number, column: number }}
 */
function place(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return { row: ((event.clientY - box.top) / box.height) * Side, column: ((event.clientX - box.left) / box.width) * Side };
}

/**
 * A stroke as discs along a line.
 * @param {{ row: number, column: number }} from
 * @param {{ row: number, column: number }} to
 */
function line(from, to) {
  const radius = Number(/** @type {HTMLInputElement | null} */ (one("#pad-size"))?.value ?? 10) * Side / 200;
  const steps = Math.max(1, Math.ceil(Math.hypot(to.row - from.row, to.column - from.column)));
  for (let step = 0; step <= steps; step++) {
    const [row, column] = [from.row + ((to.row - from.row) * step) / steps, from.column + ((to.column - from.column) * step) / steps];
    for (let y = Math.max(0, Math.ceil(row - radius)); y <= Math.min(Side - 1, row + radius); y++)
      for (let x = Math.max(0, Math.ceil(column - radius)); x <= Math.min(Side - 1, column + radius); x++)
        if ((y - row) ** 2 + (x - column) ** 2 <= radius ** 2) ink[(y * Side) + x] = pen.isEraser ? 0 : 1;
  }
  paint();
  ask(false);
}

/**
 * The answer to what is drawn so far; while a stroke is drawn at most ten times a second.
 * @param {boolean} isDone
 */
function ask(isDone) {
  pen.isDown = !isDone;
  if (!isDone && timer) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    const text = write();
    const id = text === "" ? "none" : `ink-${text}`;
    if (id.length > MostLetters) {
      const note = one("#pick-note");
      if (note) note.textContent = "So many strokes do not fit into an address. Clear the square, or take a wider pen.";
      return;
    }
    shown = id;
    setControl(control, id, isDone);
  }, isDone ? 0 : 100);
}

function paint() {
  const canvas = /** @type {HTMLCanvasElement | null} */ (one("#pad-canvas"));
  const drawn = canvas?.getContext("2d");
  if (!canvas || !drawn) return;
  const picture = drawn.createImageData(Side, Side);
  for (let i = 0; i < ink.length; i++) {
    const shade = ink[i] ? 20 : 255;
    picture.data.set([shade, shade, shade, 255], i * 4);
  }
  drawn.putImageData(picture, 0, 0);
  if (document.activeElement !== canvas || !canvas.matches(":focus-visible")) return;
  drawn.strokeStyle = "#b84f06";
  drawn.lineWidth = 1.5;
  drawn.strokeRect(pen.column - 3.5, pen.row - 3.5, 7, 7);
}

/** @returns {string} */
function write() {
  const bytes = [];
  let at = 0;
  for (let value = 0; at < ink.length; value = 1 - value) {
    let end = at;
    while (end < ink.length && ink[end] === value) end++;
    if (end === ink.length && value === 0) break;
    let length = end - at;
    for (; length > 127; length >>= 7) bytes.push((length & 127) | 128);
    bytes.push(length);
    at = end;
  }
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} text */
function read(text) {
  let bytes = "";
  try {
    bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return; // the studio says what is wrong with it
  }
  let [at, value, length, shift] = [0, 0, 0, 0];
  for (const letter of bytes) {
    const part = letter.charCodeAt(0);
    length |= (part & 127) << shift;
    shift += 7;
    if (part >= 128) continue;
    ink.fill(value, at, at + length);
    [at, value, length, shift] = [at + length, 1 - value, 0, 0];
  }
}
