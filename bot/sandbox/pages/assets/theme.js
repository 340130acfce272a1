// Puts the colours in place before anything is painted. An address may ask for others (?theme=dark).
"use strict";
document.documentElement.classList.add("with-script");
if (!document.documentElement.dataset.theme) {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // A browser that remembers nothing follows the system.
  }
}
