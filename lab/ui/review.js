// The list of pairs under review: keys move and mark, and the place stays where it is after each redraw.
// A mark is seen at once and its reader moves on at once; the lab hears of it as soon as it has answered the mark before.
// A pair that is not on the screen yet is never marked. Nothing is fetched from anywhere.
const labReviews = {};
window.labReviewAnswered = (name) => labReviews[name]?.();
window.labReview = (element, trigger, watch, name) => {
  const all = () => [...element.querySelectorAll("[data-card]")];
  const called = (pair) => all().find((card) => card.dataset.card === pair);
  const now = () => (asking ? null : called(stood) || element.querySelector("[data-current]"));
  const acts = { a: "accept", r: "reject", e: "edit", u: "undo" };
  const becomes = { accept: "accepted", reject: "rejected" };
  let waiting = [];   // {act, pair} the lab has not been told
  let sent = [];      // what it was told and has not answered
  let stood = "";     // where its reader moved; empty: where the lab says
  let asking = false; // nothing is current until the lab has answered: what is not on the screen cannot be marked
  let inside = false;
  const place = (card) => {
    for (const other of all()) {
      other.toggleAttribute("data-current", other === card);
      other.tabIndex = other === card ? 0 : -1;
    }
  };
  const stand = (card) => {
    place(card);
    stood = card?.dataset.card || "";
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest" });
  };
  const paint = () => {
    const marked = new Map([...sent, ...waiting].map(({ act, pair }) => [pair, becomes[act]]));
    for (const card of all()) {
      const as = marked.get(card.dataset.card);
      if (as) card.dataset.marked = as;
      else delete card.dataset.marked;
    }
  };
  const send = () => {
    if (sent.length || !waiting.length) return;
    const other = waiting.findIndex(({ act }) => !becomes[act]);
    sent = waiting.splice(0, other === 0 ? 1 : other < 0 ? waiting.length : other);
    trigger("click", sent.length === 1 ? sent[0] : { act: "marks", marks: sent });
  };
  const tell = (act, pair) => {
    if (document.querySelector('[data-lacks~="write"]')) return;
    inside = true;
    window.labReviewEdits = act === "edit";
    waiting.push({ act, pair });
    paint();
    send();
  };
  const drawn = (then) => requestAnimationFrame(() => requestAnimationFrame(then));
  const named = () => called(stood) || called(element.querySelector("[data-now]")?.dataset.now) || all()[0];
  labReviews[name] = () => drawn(() => {
    sent = [];
    asking = asking && waiting.length > 0;
    if (!now() && inside && !asking && !window.labReviewEdits) stand(named());
    paint();
    send();
    inside = sent.length > 0;
  });
  const step = (by) => {
    const cards = all();
    const next = cards[cards.indexOf(now()) + by];
    if (next) stand(next);
    else ask(by > 0 ? "after" : "before", now().dataset.card);
  };
  const ask = (act, pair) => {
    asking = true;
    stood = "";
    place(null);
    tell(act, pair);
  };
  const mark = (act, card) => {
    const next = all()[all().indexOf(card) + 1];
    if (!next) return ask(act, card.dataset.card);
    stand(next);
    tell(act, card.dataset.card);
  };
  const press = (act, card) => {
    if (act === "undo") ask(act, "");
    else if (card && becomes[act]) mark(act, card);
    else if (card) tell(act, card.dataset.card);
  };
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (!by && !(event.key in acts)) return;
    if (event.key.length > 1 && event.target.closest("button, a, input, textarea, summary")) return;
    event.preventDefault();
    if (by) now() && step(by);
    else if (!event.repeat) press(acts[event.key], now());
  });
  element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    const card = event.target.closest("[data-card]");
    if (button && card) press(button.dataset.act, card);
    else if (button) tell(button.dataset.act, button.dataset.pair);
    else if (card && !getSelection().toString()) stand(card);
  });
  // A redrawn list reuses its elements, so the current card is the one its reader moved to, else the one the list names.
  const show = () => {
    for (const mark of element.querySelectorAll("blockquote mark")) {
      const frame = mark.closest("blockquote");
      frame.scrollTop = mark.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop - 44;
    }
  };
  watch("value", () => drawn(() => {
    show();
    paint();
    asking = asking && waiting.length > 0;
    if (asking) place(null);
    else if (inside && !window.labReviewEdits) stand(named());
    else place(named());
  }));
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
