// Predict first: the answer is veiled until the reader has committed to one, or skips it.
import { all, always, isTyping, one } from "./page.js";
import { mark, of } from "./store.js";

/** @type {Set<string>} */
const chosen = new Set();

export function startPredict() {
  const main = one("main.lesson");
  if (!main || !one(".predict", main)) return;
  const lesson = main.dataset.lesson ?? "";
  let isOpen = !of(lesson).predicted;
  always(() => veil(main, isOpen));
  /** @param {string} text */
  const done = (text) => {
    isOpen = false;
    mark(lesson, (own) => {
      own.predicted = true;
    });
    veil(main, false);
    const output = one(".predict output", main);
    if (output) output.textContent = text;
  };
  main.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("#predict-check")) done(judge(main));
    else if (target?.closest("#predict-skip")) done("Skipped: read on.");
    else if (target?.closest(".veiled td")) toggle(target.closest(".veiled td"));
  });
  main.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (event.key !== "Enter") return;
    if (target?.id === "prediction") {
      event.preventDefault();
      done(judge(main));
    } else if (target?.matches(".veiled td") && !isTyping(target)) toggle(target);
  });
}

/**
 * @param {HTMLElement} main
 * @param {boolean} isOpen
 */
function veil(main, isOpen) {
  const predict = one(".predict", main);
  if (!predict) return;
  predict.classList.toggle("done", !isOpen);
  const block = predict.dataset.block ?? "";
  document.getElementById(`b-${block}`)?.classList.toggle("veiled", isOpen);
  const place = predict.dataset.place ?? "";
  const keys = place ? `[data-cell="${place}"]` : `[data-cell^="${block}:"]`;
  for (const element of all(`li${keys}, b${keys}, mn${keys}, td${keys}, .step-text`, main)) element.classList.toggle("veiled", isOpen);
  for (const cell of all("td.foreseen", main)) cell.classList.remove("foreseen");
  if (isOpen) for (const key of chosen) one(`td[data-cell="${key}"]`, main)?.classList.add("foreseen");
}

/** @param {Element | null} cell */
function toggle(cell) {
  if (!(cell instanceof HTMLElement) || one(".predict")?.dataset.kind !== "cells") return;
  const key = cell.dataset.cell ?? "";
  if (!chosen.delete(key)) chosen.add(key);
  cell.classList.toggle("foreseen", chosen.has(key));
}

/**
 * @param {HTMLElement} main
 * @returns {string}
 */
function judge(main) {
  const predict = /** @type {HTMLElement} */ (one(".predict", main));
  const answer = predict.dataset.answer ?? "";
  if (predict.dataset.kind === "cells") {
    const right = new Set(answer.split(" ").filter(Boolean));
    const own = new Set([...chosen].map((key) => key.split(":")[1]));
    const missed = [...right].filter((cell) => !own.has(cell)).length;
    const wrong = [...own].filter((cell) => !right.has(cell)).length;
    return missed + wrong === 0 ? `Right: exactly these ${right.size}.` : `${right.size} cells are not 0: you missed ${missed} and chose ${wrong} that are 0.`;
  }
  const field = /** @type {HTMLInputElement} */ (one("#prediction", main));
  const [own, right] = [Number(field.value.replace(",", ".")), Number(answer.replaceAll(",", ""))];
  if (field.value.trim() === "" || !Number.isFinite(own)) return `You wrote no number. It is ${answer}.`;
  return Math.abs(own - right) <= 1e-3 * Math.max(1, Math.abs(right)) ? `Right: ${answer}.` : `You said ${field.value.trim()}; it is ${answer}. The formula and the steps below show why.`;
}
