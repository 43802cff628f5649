// The list of pairs under review: keys move and mark, and the place stays where it is after each redraw.
// A button with data-act reports {act, pair}; keys work while the list has the focus. Nothing is fetched from anywhere.
window.labReview = (element, trigger, watch) => {
  const all = () => [...element.querySelectorAll("[data-card]")];
  const now = () => element.querySelector("[data-current]") || all()[0];
  const told = () => all().find((card) => card.dataset.card === element.querySelector("[data-now]")?.dataset.now);
  let inside = false;
  const stand = (card) => {
    if (!card) return;
    for (const other of all()) {
      other.toggleAttribute("data-current", other === card);
      other.tabIndex = other === card ? 0 : -1;
    }
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };
  const tell = (act, pair) => {
    if (document.querySelector('[data-lacks~="write"]')) return;
    inside = true;
    window.labReviewEdits = act === "edit";
    trigger("click", { act, pair });
  };
  const step = (by) => {
    const cards = all();
    const next = cards[cards.indexOf(now()) + by];
    if (next) stand(next);
    else tell(by > 0 ? "after" : "before", now()?.dataset.card || "");
  };
  const marks = { a: "accept", r: "reject", e: "edit", u: "undo" };
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("button, a, input, textarea, summary") && !(event.key in marks) && !"jk".includes(event.key)) return;
    if (event.key === "j" || event.key === "ArrowDown") step(1);
    else if (event.key === "k" || event.key === "ArrowUp") step(-1);
    else if (event.key in marks) tell(marks[event.key], now()?.dataset.card || "");
    else return;
    event.preventDefault();
  });
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) tell(button.dataset.act, button.dataset.pair);
    else if (event.target.closest("[data-card]") && !getSelection().toString()) stand(event.target.closest("[data-card]"));
  });
  // A redrawn list reuses its elements, so the current card is the one the list names.
  const show = () => {
    for (const mark of element.querySelectorAll("blockquote mark")) {
      const frame = mark.closest("blockquote");
      frame.scrollTop = mark.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop - 44;
    }
  };
  watch("value", () => requestAnimationFrame(() => requestAnimationFrame(() => {
    show();
    if (inside && !window.labReviewEdits) stand(told() || now());
    inside = false;
  })));
};

// The form of an edit: Ctrl+Enter keeps it, Escape leaves it.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.(".review-edit");
  if (!form) return;
  const press = (name) => form.querySelector(`button${name}, ${name} button`)?.click();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) press(".review-keep");
  else if (event.key === "Escape") press(".review-leave");
  else return;
  event.preventDefault();
});

// Where the focus goes when an edit opens, and when it is over.
window.labReviewFocus = (over) => setTimeout(() => {
  if (over) document.querySelector(".review-list [data-current]")?.focus();
  else if (window.labReviewEdits) document.querySelector(".review-edit textarea")?.focus();
  window.labReviewEdits = false;
}, 60);
