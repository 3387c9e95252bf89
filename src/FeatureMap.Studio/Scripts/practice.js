// Questions and challenges: judged here for a question, by the studio for a challenge, and kept by the browser.
import { all, always, one } from "./page.js";
import { mark } from "./store.js";

export function startPractice() {
  const main = one("main.lesson");
  if (!main) return;
  const lesson = main.dataset.lesson ?? "";
  mark(lesson, (own) => {
    own.seen = true;
  });
  main.addEventListener("change", (event) => {
    const target = event.target instanceof HTMLInputElement ? event.target : null;
    const question = target?.closest(".question");
    if (!target || !(question instanceof HTMLElement)) return;
    const isRight = target.value === question.dataset.right;
    const output = one("output", question);
    if (output) output.textContent = isRight ? "✓ Right." : "✗ Not that one. Try again, or look at the answer.";
    question.classList.toggle("right", isRight);
    if (!isRight) return;
    /** @type {HTMLDetailsElement | null} */ (one("details", question))?.setAttribute("open", "");
    mark(lesson, (own) => {
      own.questions = { ...own.questions, [question.dataset.question ?? ""]: true };
    });
  });
  always(() => {
    for (const challenge of all(".challenge[data-solved=true]", main))
      mark(lesson, (own) => {
        own.challenges = { ...own.challenges, [challenge.dataset.challenge ?? ""]: true };
      });
  });
}
