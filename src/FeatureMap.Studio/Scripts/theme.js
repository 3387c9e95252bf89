// The theme: that of the system, light or dark. The choice is kept by the browser.

const Themes = ["system", "light", "dark"];

export function startTheme() {
  const button = document.getElementById("theme");
  if (!button) return;
  show(button);
  button.addEventListener("click", () => {
    const next = Themes[(Themes.indexOf(current()) + 1) % Themes.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem("featuremap.theme.v1", next);
    } catch {
      // It holds for this page then.
    }
    show(button);
  });
}

/** @returns {string} */
function current() {
  return document.documentElement.dataset.theme ?? "system";
}

/** @param {HTMLElement} button */
function show(button) {
  const name = button.querySelector("span");
  if (name) name.textContent = current();
  button.title = `Theme: ${current() === "system" ? "as the system" : current()}`;
}
