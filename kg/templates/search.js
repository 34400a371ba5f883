// Search by any name, by pinyin or its initials, in Simplified or Traditional characters.
const folding = new Map();
for (let i = 0; i + 1 < page.folding.length; i += 2) folding.set(page.folding[i], page.folding[i + 1]);

function fold(text) {
  const plain = text.normalize("NFKC").toLowerCase().normalize("NFD").replace(/[^\p{L}\p{N}]/gu, "");
  return Array.from(plain, (c) => folding.get(c) || c).join("");
}

const rankOf = (node, query) => {
  const [names, spoken] = node.k;
  let best = 9;
  for (const name of names) {
    const at = name.indexOf(query);
    if (name === query) best = Math.min(best, 0);
    else if (at === 0) best = Math.min(best, 1);
    else if (at > 0) best = Math.min(best, 2);
  }
  if (best < 3 || !/^[a-z0-9]+$/.test(query)) return best;
  for (const pinyin of spoken) {
    const syllables = pinyin.split(" ");
    const whole = syllables.join("");
    const initials = syllables.map((s) => s[0]).join("");
    if (whole === query) return 1;
    if (whole.startsWith(query)) best = Math.min(best, 3);
    else if (query.length > 1 && initials.startsWith(query)) best = Math.min(best, 4);
    else if (query.length > 1 && syllables.some((_, i) => syllables.slice(i).join("").startsWith(query))) best = Math.min(best, 5);
    else if (query.length > 1 && initials.includes(query)) best = Math.min(best, 6);
  }
  return best;
};

function find(text, most = 12) {
  const query = fold(text);
  if (!query) return [];
  const found = [];
  for (const node of nodes) {
    const rank = rankOf(node, query);
    if (rank < 9) found.push([rank, -node.g, node.id]);
  }
  found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return found.slice(0, most).map(([, , id]) => nodes[id]);
}

function setUpSearch() {
  const input = $("q"), list = $("results");
  let found = [], active = NONE;
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); active = NONE; };
  const mark = (i) => {
    active = i;
    list.querySelectorAll("[role=option]").forEach((item, j) => item.setAttribute("aria-selected", String(i === j)));
    const item = list.children[i];
    if (item) { input.setAttribute("aria-activedescendant", item.id); item.scrollIntoView({ block: "nearest" }); }
  };
  const choose = (node) => { input.value = nameOf(node); close(); selectNode(node.id, true); };
  const show = () => {
    found = find(input.value);
    list.replaceChildren(...found.map((node, i) => {
      const hit = node.a && !fold(node.label).includes(fold(input.value)) && node.a.find((name) => fold(name).includes(fold(input.value)));
      return el("li", { role: "option", id: `r${i}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); choose(node); } },
        glyph(node.c), el("span", {}, nameOf(node), hit ? ` (${hit})` : ""), el("small", {}, word(classOf(node))));
    }));
    if (!found.length && fold(input.value)) list.append(el("li", { class: "none", role: "option", "aria-selected": "false", "aria-disabled": "true" }, t("no_match")));
    list.hidden = !list.children.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (found.length) mark(0);
  };
  input.addEventListener("input", show);
  input.addEventListener("focus", () => { if (input.value) show(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (found.length) mark((active + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
      event.preventDefault();
    } else if (event.key === "Enter" && found[active] && !list.hidden) choose(found[active]);
    else if (event.key === "Escape") { close(); event.stopPropagation(); }
  });
}
