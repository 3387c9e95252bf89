// Keys of the whole studio; none while somebody types.
import { isTyping, one } from "./page.js";
import { openByKey } from "./tabs.js";

export function startKeys() {
  const help = /** @type {HTMLDialogElement | null} */ (document.getElementById("help"));
  document.getElementById("help-button")?.addEventListener("click", () => help?.showModal());
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || help?.open) return;
    if (event.key === "/") one(".search input")?.focus();
    else if (event.key === "?") help?.showModal();
    else if (event.key === "[") one("a[rel=prev]")?.click();
    else if (event.key === "]") one("a[rel=next]")?.click();
    else if (!openByKey(event.key)) return;
    event.preventDefault();
  });
}
