// Files of a model: the studio makes one and says what is known about it, then the browser saves it.
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
    const answer = await fetch(`/api/export/${encodeURIComponent(button.dataset.model ?? "")}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ kind: button.dataset.export }), credentials: "same-origin",
    });
    const got = /** @type {{ name: string, bytes: number, verdict: string, address: string, detail?: string, fix?: string }} */ (await answer.json());
    if (!answer.ok) {
      note.textContent = `${got.detail ?? "The studio refused it."} ${got.fix ?? ""}`;
      return;
    }
    const link = Object.assign(document.createElement("a"), { href: got.address, download: got.name, textContent: got.name });
    note.replaceChildren(link, ` ${got.bytes.toLocaleString("en")} bytes. ${got.verdict}`);
    link.click();
  } catch (error) {
    note.textContent = `It cannot be made: ${error instanceof Error ? error.message : String(error)}`;
  }
}
