// Runs before the page is drawn, so that a chosen theme does not flash.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "tollbook" || chosen === "tollbook-dark") document.documentElement.dataset.theme = chosen;
})();
