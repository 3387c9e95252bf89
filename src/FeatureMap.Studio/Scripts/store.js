// What the browser keeps: what was done on each lesson. Versioned, to be saved and opened as a file.

const Key = "featuremap.progress.v1";

/**
 * @typedef {{ seen?: boolean, predicted?: boolean, questions?: Record<string, boolean>, challenges?: Record<string, boolean> }} Done
 * @typedef {{ version: 1, last: string, lessons: Record<string, Done> }} Progress
 */

/** @returns {Progress} */
export function read() {
  try {
    return checked(JSON.parse(localStorage.getItem(Key) ?? "null"));
  } catch {
    return empty();
  }
}

/**
 * @param {unknown} value
 * @returns {Progress}
 */
export function checked(value) {
  if (typeof value !== "object" || value === null || !("version" in value) || value.version !== 1 || !("lessons" in value)) return empty();
  const { lessons } = value;
  if (typeof lessons !== "object" || lessons === null) return empty();
  const last = "last" in value && typeof value.last === "string" ? value.last : "";
  return { version: 1, last, lessons: /** @type {Record<string, Done>} */ (lessons) };
}

/** @param {Progress} progress */
export function write(progress) {
  try {
    localStorage.setItem(Key, JSON.stringify(progress));
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

/** Forgets everything. */
export function clear() {
  write(empty());
}

/**
 * @param {string} lesson
 * @returns {Done}
 */
export function of(lesson) {
  return read().lessons[lesson] ?? {};
}

/**
 * @param {string} lesson
 * @param {(done: Done) => void} change
 */
export function mark(lesson, change) {
  const progress = read();
  const done = progress.lessons[lesson] ?? {};
  change(done);
  progress.lessons[lesson] = done;
  progress.last = lesson;
  write(progress);
}

/** @returns {Progress} */
function empty() {
  return { version: 1, last: "", lessons: {} };
}
