// Runs before the page is drawn, so that nothing flickers: says that there are scripts, and sets the theme that was chosen.
"use strict";
document.documentElement.classList.add("js");
try {
  const theme = localStorage.getItem("featuremap.theme.v1");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing shows the theme of the system.
}
