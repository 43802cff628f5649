// What is wrong with a page as it is drawn: too wide, a control without a name, headings that skip a level,
// a word only code uses, words too faint for their ground. Evaluated in the page; gives a list of sentences.
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

  // Contrast as WCAG 2 counts it: 4.5 to 1, or 3 to 1 for large letters.
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const channels = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e) => {
    if (!e) return [255, 255, 255];
    const style = getComputedStyle(e);
    if (style.backgroundImage !== "none") return null;
    const own = channels(style.backgroundColor);
    if (own[3] === 1) return own;
    const below = ground(e.parentElement);
    return below && over(own, below);
  };
  const grounds = new Map();
  const told_of = new Set();
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const e = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || e.closest("svg, script, style, [disabled]") || !seen(e)) continue;
    if (!grounds.has(e)) grounds.set(e, ground(e));
    const below = grounds.get(e);
    const style = getComputedStyle(e);
    if (!below || parseFloat(style.fontSize) === 0) continue;
    const [a, b] = [light(over(channels(style.color), below)), light(below)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    const said = `faint, ${ratio.toFixed(1)} to 1: ${e.className || e.tagName} “${e.innerText.trim().slice(0, 40)}”`;
    if (ratio < (large ? 3 : 4.5) && !told_of.has(said)) faults.push(said);
    told_of.add(said);
  }
  return faults;
}
