// The map of the course: marks what is done, says where to go on, saves and opens what the browser keeps.
import { all, one } from "./page.js";
import { checked, clear, read, write } from "./store.js";

export function startLearn() {
  if (!one("main.learn")) return;
  show();
  addEventListener("pageshow", show);
  document.getElementById("progress-save")?.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(read(), null, 1)], { type: "application/json" }));
    link.download = "featuremap-progress.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  document.getElementById("progress-open")?.addEventListener("change", async (event) => {
    const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
    if (!file || file.size > 1_000_000) return;
    try {
      write(checked(JSON.parse(await file.text())));
    } catch {
      alert("This file is none that was saved here.");
    }
    show();
  });
  document.getElementById("progress-clear")?.addEventListener("click", () => {
    if (!confirm("Forget what you have done on all lessons?")) return;
    clear();
    show();
  });
}

/** Marks each lesson and the way on. */
function show() {
  const progress = read();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Set<string>} */
  const finished = new Set();
  let following = "";
  for (const card of all(".chapter .card[data-lesson]")) {
    const id = card.dataset.lesson ?? "";
    const own = progress.lessons[id] ?? {};
    const isDone = own.predicted === true && Object.keys(own.questions ?? {}).length > 0;
    const words = isDone ? "done" : own.seen ? "begun" : "";
    if (own.seen) seen.add(id);
    if (isDone) finished.add(id);
    if (!isDone && !following) following = id;
    const place = one(".progress", card);
    if (place) place.textContent = isDone ? "✓" : own.seen ? "◐" : "";
    card.classList.toggle("done", isDone);
    if (words) card.setAttribute("data-state-words", words);
    else card.removeAttribute("data-state-words");
  }
  const done = one("#done");
  if (done && seen.size > 0) done.textContent = `${seen.size} of ${done.dataset.total} lessons opened, ${finished.size} done: prediction made and a question answered`;
  const go = /** @type {HTMLAnchorElement | null} */ (one("#continue"));
  const card = following ? one(`.card[data-lesson="${following}"] a`) : null;
  if (go && card && seen.size > 0) {
    go.href = /** @type {HTMLAnchorElement} */ (card).href;
    go.textContent = `Go on: ${card.textContent}`;
  }
}
