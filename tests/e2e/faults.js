// What is wrong with a page as it is drawn: too wide, a control without a name, headings that skip a level,
// a word only code uses. Evaluated in the page; gives a list of sentences.
() => {
  const faults = [];
  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const beyond = document.documentElement.scrollWidth - window.innerWidth;
  if (beyond > 0) faults.push(`${beyond} pixels wider than the screen`);

  const told = (id) => document.getElementById(id)?.innerText.trim();
  const named = (e) =>
    (e.getAttribute("aria-label") || e.title || e.innerText || "").trim() ||
    [...(e.labels || [])].some((label) => label.innerText.trim()) ||
    (e.getAttribute("aria-labelledby") || "").split(" ").some(told);
  for (const e of document.querySelectorAll("input, select, textarea, button, a[href], summary, [role=tab]"))
    if (!["hidden", "file"].includes(e.type) && seen(e) && !named(e)) faults.push(`no name: ${e.outerHTML.slice(0, 200)}`);

  let level = 0;
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen);
  for (const e of headings) {
    const now = Number(e.tagName[1]);
    if (now > level + 1) faults.push(`h${now} after h${level}: ${e.innerText}`);
    level = now;
  }
  const first = headings.filter((e) => e.tagName === "H1").length;
  if (first !== 1) faults.push(`${first} first headings`);

  const code = /(?:^|[\s(“])([a-z]+_[a-z_]+|(?:ui|evals|train|synth)\.[a-z_]+)(?=[\s)”，。]|$)/;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const found = walker.currentNode.data.match(code);
    const e = walker.currentNode.parentElement;
    if (found && seen(e) && !e.closest("code, pre, script, style, .place, textarea, blockquote"))
      faults.push(`a word of the code: ${found[1]}`);
  }
  return faults;
}
