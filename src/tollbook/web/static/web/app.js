const root = document.documentElement;
const dark = () => (root.dataset.theme ? root.dataset.theme === "tollbook-dark" : matchMedia("(prefers-color-scheme: dark)").matches);

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-theme-switch]")) {
    root.dataset.theme = dark() ? "tollbook" : "tollbook-dark";
    localStorage.setItem("theme", root.dataset.theme);
  }
  for (const open of document.querySelectorAll("details[data-close-outside][open]")) {
    if (!open.contains(target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details[data-close-outside][open]")) {
    open.open = false;
    open.querySelector("summary")?.focus();
  }
});

// A picker acts when its choice changes; its button is for readers without script.
for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  for (const button of form.querySelectorAll("[data-no-script]")) button.hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}

// A form that shows what it would bring while it is filled in: what is typed is sent to the address, and the answer,
// drawn by the server, takes the place of the last one. Only the latest question counts.
for (const form of document.querySelectorAll("form[data-preview]")) {
  const here = document.querySelector("[data-preview-here]");
  for (const button of form.querySelectorAll("[data-no-script]")) button.hidden = true;
  let asked = 0;
  let waiting;
  const ask = async () => {
    const mine = ++asked;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (answer?.ok && mine === asked) here.innerHTML = await answer.text();
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 250);
  });
}
