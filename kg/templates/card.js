// The card at the side: an overview, a node with its facts, an edge with the words behind it, a path.
const heading = (text, extra = "") => el("h3", {}, text, extra === "" ? "" : el("small", {}, extra));
const isTall = () => $("card").classList.contains("tall");
const enlarge = (event) => { $("card").classList.toggle("tall"); event.currentTarget.setAttribute("aria-expanded", String(isTall())); };
const enlarger = () => button(icon("M4 10l4-4 4 4"), enlarge, { class: "icon narrow-only", id: "enlarge", "aria-label": t("enlarge"), "aria-expanded": String(isTall()) });
const corner = (close = clearSelection) => el("span", { class: "corner" }, enlarger(), button("×", close, { class: "icon close", "aria-label": t("close") }));
const link = (id, text = nameOf(nodes[id])) => button(text, () => selectNode(id, true), { class: "link" });

function showCard() {
  const card = $("card"), idle = state.node === NONE && state.edge === NONE && state.group === NONE && !state.path;
  card.classList.toggle("idle", idle);
  card.classList.toggle("words", state.edge !== NONE || Boolean(state.path)); // to be read: more room on narrow screens
  if (!idle && state.group === NONE && !isComplete()) {
    whenComplete(showCard);
    card.replaceChildren("…");
    return;
  }
  const content = state.group !== NONE ? groupCard(state.group) : state.node !== NONE ? nodeCard(nodes[state.node]) : state.edge !== NONE ? edgeCard(edges[state.edge]) : state.path ? pathCard() : overviewCard();
  card.replaceChildren(...content);
  card.scrollTop = 0;
}

function overviewCard() {
  const top = nodes.filter((node) => !state.classes.has(node.c)).sort((a, b) => b.g - a.g || a.id - b.id).slice(0, 12).filter((node) => node.g);
  const rows = top.map((node) => el("div", { class: "check" }, glyph(node.c), link(node.id), el("small", {}, number(node.g))));
  const documents = page.documents.slice(0, 60).map((record) => el("p", { class: "soft" }, documentName(record), record.date ? ` · ${record.date}` : "", record.copyOf ? ` · ${t("copy_of", { name: record.copyOf })}` : ""));
  return [
    el("div", { class: "kind" }, t("overview")), el("h2", {}, page.title), el("p", { class: "soft" }, t(state.scope === "groups" ? "group_hint" : "hint")),
    rows.length ? heading(t("most_connected")) : "", ...rows,
    documents.length ? heading(t("documents"), number(page.documents.length)) : "", ...documents,
  ].filter(Boolean);
}

function attributeRows(node) {
  const rows = [];
  const row = (term, ...content) => rows.push(el("dt", {}, term), el("dd", {}, ...content));
  const others = [...(node.a || []), ...(node.en && node.en !== nameOf(node) ? [node.en] : []), ...(nameOf(node) !== node.label ? [node.label] : [])];
  if (others.length) row(t("also_known"), others.join(state.language === "zh" ? "、" : ", "));
  for (const [name, value] of Object.entries(node.p || {})) {
    const values = Array.isArray(value) ? value : [value];
    row(word(page.attributes[name]) || name, values.map((v) => word(page.values[v]) || String(v)).join(state.language === "zh" ? ";" : "; "));
  }
  if (node.d) {
    row(t("mentioned_in"), ...node.d.slice(0, 8).map((d) => el("div", {}, documentName(page.documents[d]))), node.d.length > 8 ? `+${node.d.length - 8}` : "");
  }
  return rows.length ? el("dl", {}, ...rows) : "";
}

function nodeCard(node) {
  const groups = new Map();
  for (const edge of edgesOf[node.id].filter(edgePasses)) {
    const incoming = edge.to === node.id && edge.from !== node.id;
    const key = `${page.relationOrder.indexOf(edge.r)} ${incoming && !page.relations[edge.r].symmetric ? 1 : 0}`;
    if (!groups.has(key)) groups.set(key, { title: relationName(edge, incoming), list: [] });
    groups.get(key).list.push(edge);
  }
  const sections = [...groups].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true })).flatMap(([, { title, list }]) => {
    list.sort((a, b) => nodes[other(b, node.id)].g - nodes[other(a, node.id)].g);
    return [heading(title, number(list.length)), ...folded(list, (edge) => factRow(edge, node.id))];
  });
  const dates = node.v ? [heading(word(page.relations.issuedOn)), ...node.v.map((i) => evidenceBlock(page.evidence[i], []))] : [];
  const start = state.start !== NONE && state.start !== node.id;
  return [
    el("div", { class: "kind" }, glyph(node.c), word(classOf(node)), node.b ? el("span", { class: "tag" }, word(page.modalities.background)) : "", corner()),
    el("h2", { tabindex: "-1" }, nameOf(node)),
    el("div", { class: "actions" },
      button(state.focus === node.id ? t("unfocus") : t("focus"), () => (state.focus === node.id ? leave() : focusOn(node.id)), { id: "focus-node" }),
      start ? button(t("path_to"), () => showPath(state.start, node.id), { id: "path-to" }) : button(t("path_from"), () => { state.start = node.id; changed(false); showMode(); }, { id: "path-from", "aria-pressed": String(state.start === node.id) })),
    attributeRows(node), ...indicators(observationsOf[node.id]), ...dates, ...sections,
  ].filter(Boolean);
}

// The first rows, and a button for the rest.
function folded(list, row, first = 10) {
  const rows = list.slice(0, first).map(row);
  if (list.length > first) rows.push(button(t("more", { n: list.length - first }), (event) => event.target.replaceWith(...list.slice(first).map(row)), { class: "switch" }));
  return rows;
}

function modalityTag(index) {
  const name = MODALITIES[index];
  return el("span", { class: `tag ${name}` }, word(page.modalities[name]));
}

function factRow(edge, from) {
  const target = nodes[other(edge, from)];
  const proofs = edge.v.filter((i) => passes(page.evidence[i]));
  const details = el("details", {}, el("summary", {}, glyph(target.c), el("span", {}, nameOf(target), edge.m ? ` (${edge.m})` : ""), modalityTag(proofs.length ? page.evidence[proofs[0]].m : MODALITIES.indexOf(unstated(edge)))));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(...proofBlocks(edge, proofs));
  });
  return el("div", { class: "fact" }, details, button("→", () => selectNode(target.id, true), { class: "go", "aria-label": t("go_to", { name: nameOf(target) }), title: t("go_to", { name: nameOf(target) }) }));
}

function proofBlocks(edge, proofs) {
  if (edge.b) return [el("p", { class: "ev soft" }, `${t("inferred_by")}${colon()}${word(edge.s)}`, ...edges.filter((one) => edge.b.includes(one.u)).map((one) => el("div", {}, `${nameOf(nodes[one.from])} ${word(page.relations[one.r])} ${nameOf(nodes[one.to])}`)))];
  if (!proofs.length) return [el("p", { class: "ev soft" }, t("no_evidence"), edge.s ? el("div", {}, `${t("source")}${colon()}${edge.s}`) : "")];
  const ends = [nodes[edge.from], nodes[edge.to]];
  return folded(proofs, (i) => evidenceBlock(page.evidence[i], ends), 5);
}

// A place such as page=3&line=12 in words.
const placeName = (place) => [...new URLSearchParams(place)].map(([kind, n]) => (page.text[`place_${kind}`] ? t(`place_${kind}`, { n }) : `${kind} ${n}`)).join(" ");

// The quote with both ends marked where the words occur, then where it stands and how sure we are.
function evidenceBlock(evidence, ends) {
  const record = page.documents[evidence.d];
  const where = [];
  if (record) where.push(button(documentName(record), () => onlyDocument(evidence.d), { class: "link", title: t("only_document") }));
  if (record && record.title) where.push(record.path);
  if (record && record.copyOf) where.push(t("copy_of", { name: record.copyOf }));
  if (record) where.push(record.date || t("undated"));
  if (evidence.l) where.push(placeName(evidence.l));
  where.push(t("offsets", { start: number(evidence.s), end: number(evidence.e) }));
  const sure = [`${t("confidence").replace(/不低于| at least/, "")} ${evidence.c.toFixed(2)}`, `${t("rule")} ${evidence.r}`];
  const speaker = evidence.w === undefined ? "" : el("span", {}, ` · ${t("speaker")} `, typeof evidence.w === "number" ? link(evidence.w) : evidence.w);
  const joined = where.flatMap((part, i) => (i ? [" · ", part] : [part]));
  return el("blockquote", { class: "ev" }, el("q", {}, ...marked(evidence.q, ends)), el("div", { class: "where" }, ...joined),
    el("div", { class: "where" }, modalityTag(evidence.m), sure.join(" · "), speaker));
}

function marked(text, ends) {
  const names = ends.flatMap((node) => [node.label, ...(node.a || [])]).filter((name) => name && text.includes(name)).sort((a, b) => b.length - a.length);
  const parts = [];
  let rest = text;
  while (rest) {
    let at = Infinity, hit = "";
    for (const name of names) { const i = rest.indexOf(name); if (i >= 0 && i < at) { at = i; hit = name; } }
    if (!hit) { parts.push(rest); break; }
    if (at) parts.push(rest.slice(0, at));
    parts.push(el("mark", {}, hit));
    rest = rest.slice(at + hit.length);
  }
  return parts;
}

function endsOf(edge) {
  const a = nodes[edge.from], b = nodes[edge.to];
  return el("div", { class: "ends" }, glyph(a.c), link(a.id), el("span", { class: "verb" }, `${page.relations[edge.r].symmetric ? "↔" : "↓"} ${relationName(edge)}`), glyph(b.c), link(b.id));
}

// How many documents say it; copies of one text count once.
function supportLine(edge) {
  if (!edge.n) return "";
  const [independent, all] = edge.n, words = t(independent === 1 ? "support_one" : "support", { n: number(independent) });
  return el("p", { class: "soft support" }, all > independent ? `${words}${t("with_copies", { n: number(all) })}` : words);
}

function edgeCard(edge) {
  const proofs = edge.v.filter((i) => passes(page.evidence[i]));
  const style = page.relations[edge.r];
  return [
    el("div", { class: "kind" }, t("facts"), corner()), el("h2", { class: "away", tabindex: "-1" }, edgeWords(edge)), endsOf(edge),
    edge.m ? el("dl", {}, el("dt", {}, t("member_role")), el("dd", {}, edge.m)) : "",
    supportLine(edge), heading(t("evidence"), style.en && state.language === "zh" ? edge.r : ""), ...proofBlocks(edge, proofs),
  ].filter(Boolean);
}

function pathCard() {
  const [a, b] = state.path, steps = shortestPath(a, b);
  const top = [el("div", { class: "kind" }, t("path_title"), corner(leave)), el("h2", {}, `${nameOf(nodes[a])} → ${nameOf(nodes[b])}`)];
  if (!steps) return [...top, el("p", { class: "soft" }, t("path_none", { a: nameOf(nodes[a]), b: nameOf(nodes[b]) }))];
  return [...top, ...steps.flatMap((edge) => {
    const proofs = edge.v.filter((i) => passes(page.evidence[i]));
    return [el("div", { class: "path" }, endsOf(edge)), ...proofBlocks(edge, proofs.slice(0, 1))];
  })];
}

// Indicators: a table, and bars where one measure has several values in one unit.
const SCALES = { zh: [[1e12, "万亿"], [1e8, "亿"], [1e4, "万"]], en: [[1e12, " trillion"], [1e9, " billion"], [1e6, " million"]] };

function quantity(observation) {
  const unit = observation.unit || "", before = word(page.comparisons[observation.comparison || "="]);
  const amount = observation.value * observation.factor;
  if (state.language === "zh") {
    const scale = SCALES.zh.find(([factor]) => factor === observation.factor);
    return `${before}${number(scale ? observation.value : amount)}${scale ? scale[1] : ""}${unit}`;
  }
  const scale = SCALES.en.find(([factor]) => Math.abs(amount) >= factor);
  return `${before}${number(scale ? amount / scale[0] : amount)}${scale ? scale[1] : ""} ${unit}`.trim();
}

function indicators(list) {
  if (!list.length) return [];
  const shownList = list.filter((o) => !o.v.length || o.v.some((i) => passes(page.evidence[i])));
  if (!shownList.length) return [];
  const order = [...shownList].sort((a, b) => a.measure.localeCompare(b.measure, "zh") || (a.period || "").localeCompare(b.period || ""));
  const rows = folded(order, (o) => {
    const proof = el("tr", { hidden: true }, el("td", { colspan: 3 }, ...o.v.map((i) => evidenceBlock(page.evidence[i], []))));
    const opener = button(o.measure, () => { proof.hidden = !proof.hidden; opener.setAttribute("aria-expanded", String(!proof.hidden)); }, { class: "link", "aria-expanded": "false" });
    return [el("tr", {}, el("td", {}, opener), el("td", { class: "number" }, quantity(o)), el("td", {}, o.period || "—")), proof];
  }, 40).flat();
  const byMeasure = new Map();
  for (const o of order) { const key = `${o.measure}\u0000${o.unit}`; byMeasure.set(key, [...(byMeasure.get(key) || []), o]); }
  const charts = [...byMeasure.values()].filter((group) => group.length > 1).slice(0, 4).map(chart);
  const head = el("tr", {}, el("th", { scope: "col" }, t("measure")), el("th", { scope: "col" }, t("value")), el("th", { scope: "col" }, t("period")));
  return [heading(t("indicators"), number(shownList.length)), ...charts, el("table", { class: "indicators" }, head, ...rows)];
}

function chart(group) {
  const most = Math.max(...group.map((o) => Math.abs(o.value * o.factor)), 1e-12);
  const drawing = svg("svg", { class: "chart", viewBox: `0 0 300 ${18 + group.length * 20}`, role: "img", "aria-label": group[0].measure });
  drawing.append(svg("text", { x: 0, y: 11, "font-weight": 600 }, group[0].measure));
  group.forEach((o, i) => {
    const y = 20 + i * 20, width = Math.max(2, (Math.abs(o.value * o.factor) / most) * 120);
    drawing.append(svg("text", { x: 0, y: y + 11 }, cut(o.period || "—", 9)), svg("rect", { class: "bar", x: 66, y, width, height: 14, rx: 2 }));
    if ((o.comparison || "=").startsWith(">")) drawing.append(svg("rect", { class: "open", x: 66 + width, y: y + 0.5, width: 10, height: 13 }));
    drawing.append(svg("text", { x: 66 + width + 16, y: y + 11 }, quantity(o)));
  });
  return drawing;
}
