// What HTML alone cannot do on the page: the document's language and title, and clicks inside drawn views.
// A drawn element with data-pick="…" reports that value; a checkbox with data-reject="…" reports all
// values that are not ticked. Nothing is fetched from anywhere.
window.labPage = (language, title, drop) => {
  document.documentElement.lang = language;
  document.documentElement.style.setProperty("--drop-words", `"${drop.replace("\n", "\\A ")}"`);
  document.title = title;
};

// The address bar follows the selection, so that a refresh shows the same.
window.labAddress = () => {
  const here = document.querySelector(".languages a[aria-current]");
  if (here) history.replaceState(history.state, "", here.getAttribute("href"));
};

// Bring what just appeared into sight, once it is drawn.
window.labShow = (selector) =>
  requestAnimationFrame(() => document.querySelector(selector)?.scrollIntoView({ block: "start" }));

window.labPicks = (element, trigger) => {
  element.addEventListener("click", (event) => {
    const picked = event.target.closest("[data-pick]");
    if (picked && element.contains(picked)) trigger("click", { pick: picked.dataset.pick });
  });
};

window.labTicks = (element, trigger, watch) => {
  const boxes = () => [...element.querySelectorAll("input[data-reject]")];
  element.addEventListener("change", (event) => {
    if (!event.target.matches("input[data-reject]")) return;
    const rejected = boxes().filter((box) => !box.checked).map((box) => box.dataset.reject);
    trigger("input", { rejected });
  });
  // A redrawn list reuses its boxes: put each back to what the new list says.
  watch("value", () => boxes().forEach((box) => (box.checked = box.hasAttribute("checked"))));
};
