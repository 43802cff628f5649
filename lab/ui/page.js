// What HTML alone cannot do on the page: the document's language and title, and clicks inside drawn views.
// A drawn element with data-pick="…" reports that value. Nothing is fetched from anywhere.
window.labPage = (language, title, drop, tabs) => {
  window.labTabs = tabs;
  document.documentElement.lang = language;
  document.documentElement.style.setProperty("--drop-words", `"${drop.replace("\n", "\\A ")}"`);
  document.title = title;
  // What is pressed before a tab is drawn would be drawn over. No answer at all must not keep it shut for ever.
  for (const tab of tabs) labTab(tab)?.toggleAttribute("inert", true);
  setTimeout(() => tabs.forEach(labReady), 20000);
};

window.labTab = (name) => document.getElementById(`leaf-${name}`);
window.labReady = (name) => labTab(name)?.toggleAttribute("inert", false);

// Which tab is open only the browser knows.
window.labOpen = () => {
  const tabs = [...document.querySelectorAll(".leaves [role=tab]")];
  return window.labTabs?.[tabs.findIndex((tab) => tab.ariaSelected === "true")] ?? "";
};

// The address bar and the language links follow selection and tab, so that a refresh and the other language show
// the same. The server knows the selection.
window.labAddress = (drawn) => {
  // Until the first answer of the server the links do not carry the selection yet.
  window.labDrawn ||= drawn;
  if (!window.labDrawn) return;
  const open = window.labOpen();
  const links = [...document.querySelectorAll(".languages a")];
  for (const link of links) {
    const address = new URL(link.getAttribute("href"), location.origin);
    if (open && open !== window.labTabs[0]) address.searchParams.set("tab", open);
    else address.searchParams.delete("tab");
    link.setAttribute("href", address.pathname + address.search);
    if (link.hasAttribute("aria-current")) history.replaceState(history.state, "", link.getAttribute("href"));
  }
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

// A drawn form reports its name, its row and its fields; Ctrl+Enter sends it, Escape leaves it. A button with
// data-more adds one more of the last turn.
window.labForms = (element, trigger, watch) => {
  labPicks(element, trigger);
  // A redrawn view reuses its fields: each is put back to what the new drawing says, lest one row's words stay in
  // another row's form.
  watch("value", () => element.querySelectorAll("form").forEach((form) => form.reset()));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    const fields = [...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value)]);
    trigger("submit", { form: form.dataset.form, row: form.dataset.row || "", fields });
  });
  element.addEventListener("keydown", (event) => {
    const form = event.target.closest("form");
    if (!form) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    if (event.key === "Escape") form.querySelector("[data-cancel]")?.click();
  });
  element.addEventListener("click", (event) => {
    const more = event.target.closest("[data-more]");
    if (!more) return;
    const turns = more.closest("form").querySelectorAll(".turn-field");
    const last = turns[turns.length - 1];
    const added = last.cloneNode(true);
    added.querySelector("select").value = last.querySelector("select").value === "user" ? "assistant" : "user";
    added.querySelector("textarea").value = "";
    last.after(added);
    added.querySelector("textarea").focus();
  });
};

