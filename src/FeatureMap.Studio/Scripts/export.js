// Files of a model: the studio makes one and says what is known about it, then the browser saves it.
import { Refusal, post, reason } from "./live.js";

export function startExport() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-export]") : null;
    if (button instanceof HTMLElement) void make(button);
  });
}

/** @param {HTMLElement} button */
async function make(button) {
  const note = button.parentElement?.querySelector(".note");
  if (!note) return;
  note.textContent = "It is being made…";
  try {
    const answer = await post(`/api/export/${encodeURIComponent(button.dataset.model ?? "")}`, { kind: button.dataset.export });
    const got = /** @type {{ name: string, bytes: number, verdict: string, address: string }} */ (answer);
    const link = Object.assign(document.createElement("a"), { href: got.address, download: got.name, textContent: got.name });
    note.replaceChildren(link, ` ${got.bytes.toLocaleString("en")} bytes. ${got.verdict}`);
    link.click();
  } catch (error) {
    note.textContent = error instanceof Refusal ? reason(error) : `It cannot be made: ${reason(error)}`;
  }
}
