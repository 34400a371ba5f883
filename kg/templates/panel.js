// Filters, legend, list view and the words of the page in the chosen language.
function group(title, keys, off, rows) {
  const all = button(t("all"), () => { off.clear(); changed(true); drawPanel(); }, { class: "switch" });
  const none = button(t("none"), () => { keys.forEach((key) => off.add(key)); changed(true); drawPanel(); }, { class: "switch" });
  none.style.marginLeft = "0";
  return el("fieldset", { class: "group" }, el("legend", {}, title, all, none), ...rows);
}

function check(label, off, key, count, mark = "") {
  const input = el("input", { type: "checkbox", checked: !off.has(key) });
  const row = el("label", { class: off.has(key) ? "check off" : "check", title: label }, input, mark, el("span", {}, label), el("small", {}, count === "" ? "" : number(count)));
  input.addEventListener("change", () => {
    if (input.checked) off.delete(key); else off.add(key);
    row.classList.toggle("off", !input.checked);
    changed(true);
  });
  row.dataset.key = String(key);
  return row;
}

const tally = (keys) => { const counts = new Map(); for (const key of keys) counts.set(key, (counts.get(key) || 0) + 1); return counts; };

function lineGlyph(modality) {
  const dashes = LINES[page.modalities[modality].line];
  return svg("svg", { class: "glyph", viewBox: "0 0 15 15", "aria-hidden": "true" }, svg("line", { x1: 0, y1: 7.5, x2: 15, y2: 7.5, stroke: cssColor("--soft"), "stroke-width": 2, "stroke-dasharray": dashes ? dashes.map((d) => d * 0.6).join(" ") : "none" }));
}

function drawPanel() {
  const panel = $("filters"), classes = tally(nodes.map((node) => node.c)), relations = tally(edges.map((edge) => edge.r));
  const whole = isComplete(), modalities = new Map(), documents = new Map();
  const count = (counts, key) => counts.set(key, (counts.get(key) || 0) + 1);
  const add = (counts, proofs, key) => { if (proofs.length === 1) count(counts, key(proofs[0])); else for (const each of new Set(proofs.map(key))) count(counts, each); };
  if (whole) for (const edge of edges) {
    if (edge.v.length) add(modalities, edge.v, (i) => MODALITIES[page.evidence[i].m]); else count(modalities, unstated(edge));
    add(documents, edge.v, (i) => page.evidence[i].d);
  }
  const legend = [];
  let family = "";
  for (const name of page.classOrder) {
    const style = page.classes[name];
    if (style.family !== family) { family = style.family; legend.push(el("p", { class: "family" }, word(page.families[family]) || family)); }
    legend.push(check(word(style), state.classes, name, classes.get(name) || 0, glyph(name)));
  }
  const threshold = el("input", { type: "range", min: 0, max: 1, step: 0.05, value: state.confidence, id: "confidence", "aria-label": t("confidence") });
  const output = el("output", { for: "confidence" }, state.confidence.toFixed(2));
  threshold.addEventListener("input", () => { state.confidence = Number(threshold.value); output.textContent = state.confidence.toFixed(2); changed(true); });
  const lonely = el("input", { type: "checkbox", checked: state.lonely, id: "lonely" });
  lonely.addEventListener("change", () => { state.lonely = lonely.checked; changed(true); });
  const dated = [...new Set(page.documents.map((record) => (record.date || "").slice(0, 4)).filter(Boolean))].sort();
  const words = !whole ? [] : [
    group(t("modalities"), MODALITIES, state.modalities, MODALITIES.filter((name) => modalities.get(name)).map((name) => check(word(page.modalities[name]), state.modalities, name, modalities.get(name), lineGlyph(name)))),
    el("div", { class: "group" }, el("div", { class: "head" }, t("confidence")), el("div", { class: "range" }, threshold, output)),
    dated.length > 1 ? el("div", { class: "group" }, el("div", { class: "head" }, t("years")), el("div", { class: "range" }, yearPicker("from", dated), "–", yearPicker("to", dated))) : "",
    page.documents.length > 1 ? group(t("documents"), page.documents.map((_, i) => i), state.documents, [el("div", { class: "scroll" }, ...page.documents.map((record, i) => check(documentName(record), state.documents, i, documents.get(i) || 0)))]) : "",
  ];
  panel.setAttribute("aria-label", t("filters"));
  panel.replaceChildren(...[
    el("div", { class: "narrow-only" }, button("×", () => toggleFilters(false), { class: "icon", "aria-label": t("close") })),
    group(t("classes"), page.classOrder, state.classes, legend),
    page.relationOrder.length ? group(t("relations"), page.relationOrder, state.relations, page.relationOrder.map((name) => check(word(page.relations[name]), state.relations, name, relations.get(name) || 0))) : "",
    ...words,
    el("label", { class: "check" }, lonely, el("span", {}, t("lonely"))),
    el("div", { class: "actions" }, button(t("reset"), reset, { id: "reset" })),
  ].filter(Boolean));
}

function yearPicker(side, years) {
  const select = el("select", { id: `year-${side}`, "aria-label": t(side) }, el("option", { value: "" }, t(side)), ...years.map((year) => el("option", { value: year }, year)));
  select.value = state[side];
  select.addEventListener("change", () => { state[side] = select.value; changed(true); });
  return select;
}

function onlyDocument(index) {
  state.documents = new Set(page.documents.map((_, i) => i).filter((i) => i !== index));
  drawPanel();
  changed(true);
}

function toggleFilters(open) {
  $("filters").classList.toggle("open", open);
  $("open-filters").setAttribute("aria-expanded", String(open));
  if (open) $("filters").querySelector("button, input").focus(); else $("open-filters").focus();
}

function showCounts() {
  $("count").textContent = t("count", { nodes: number(shown.ids.size), all_nodes: number(nodes.length), edges: number(shown.edges.length), all_edges: number(edges.length) });
  if (state.scope === "groups" && shown.total !== undefined) {
    const groups = [...shown.ids].filter(isGroup).length;
    $("count").textContent = t("count_groups", { groups: number(groups), nodes: number(shown.ids.size - groups), all_nodes: number(nodes.length), edges: number(shown.edges.length), all_edges: number(shown.total) });
  }
  const core = nodes.filter((node) => node.core).length, linked = nodes.filter((node) => node.g).length, scope = $("scope");
  scope.replaceChildren();
  if (KINDS.length) {
    if (state.focus !== NONE || state.path) return;
    scope.append(t("group_by"), " ", ...KINDS.map((kind) => button(t(`group_${kind}`), () => groupBy(kind), { id: `group-${kind}`, "aria-pressed": String(state.scope === "groups" && state.grouping === kind) })),
      button(t("scope_core", { n: number(core) }), () => { state.scope = "core"; state.group = NONE; changed(true); fit(); }, { id: "show-core", "aria-pressed": String(state.scope === "core") }));
  } else if (nodes.some((node) => node.g && !node.core) && state.focus === NONE && !state.path) {
    const whole = state.scope === "all";
    scope.append(button(whole ? t("show_core", { n: number(core) }) : t("show_all", { n: number(linked) }), () => { state.scope = whole ? "core" : "all"; changed(true); fit(); }, { id: "show-all" }));
  }
}

function showMode() {
  const mode = $("mode");
  mode.replaceChildren();
  if (state.path) mode.append(t("path_title"), button(t("close"), leave));
  else if (state.focus !== NONE) {
    mode.append(glyph(nodes[state.focus].c), nameOf(nodes[state.focus]));
    for (const n of [1, 2]) mode.append(button(t("hops", { n }), () => { state.hops = n; changed(true); fit(); }, { "aria-pressed": String(state.hops === n) }));
    mode.append(button(t("unfocus"), leave, { id: "unfocus" }));
  } else if (state.start !== NONE) mode.append(t("path_hint", { name: nameOf(nodes[state.start]) }), button("×", () => { state.start = NONE; showMode(); showCard(); }, { class: "icon", "aria-label": t("close") }));
  mode.hidden = !mode.childNodes.length;
}

// The same content as the picture for those who cannot or would rather not see it.
function showList() {
  const order = [...shown.ids].map(thing).sort((a, b) => b.g - a.g || a.id - b.id);
  const row = (node) => el("tr", {}, el("td", {}, isGroup(node.id) ? button(node.label, () => pick(node.id), { class: "link" }) : link(node.id)), el("td", {}, isGroup(node.id) ? t("group_kind") : word(classOf(node))), el("td", { class: "number" }, number(node.g)));
  const rows = order.slice(0, 400).map(row);
  if (order.length > 400) rows.push(el("tr", {}, el("td", { colspan: 3 }, button(t("more", { n: order.length - 400 }), (event) => event.target.closest("tr").replaceWith(...order.slice(400).map(row))))));
  $("list").replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, ...["name", "class", "neighbours"].map(t).map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, ...rows)));
}

function showView() {
  const list = state.view === "list";
  $("list").hidden = !list;
  $("network").style.visibility = list ? "hidden" : "visible";
  $("zoom").hidden = list;
  $("view").textContent = t(list ? "view_graph" : "view_list");
  if (list) showList();
  else if (network) network.redraw();
}

function writeWords() {
  document.documentElement.lang = state.language === "zh" ? "zh-CN" : "en";
  const label = (id, key) => { $(id).setAttribute("aria-label", t(key)); $(id).title = t(key); };
  $("q").placeholder = t("search");
  $("q").setAttribute("aria-label", t("search"));
  $("results").setAttribute("aria-label", t("search"));
  $("network").setAttribute("aria-label", t("canvas"));
  $("open-filters").replaceChildren(icon("M2 4h12M4 8h8M6 12h4"));
  label("open-filters", "filters");
  $("language").textContent = t("language");
  $("language").lang = state.language === "zh" ? "en" : "zh-CN";
  $("theme").replaceChildren(icon(isDark() ? "M8 5a3 3 0 100 6 3 3 0 000-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" : "M13.5 9.5A6 6 0 116.5 2.5a5 5 0 007 7z"));
  label("theme", "theme");
  $("export-label").textContent = t("export");
  $("empty").textContent = t(nodes.length ? "empty" : "nothing");
  $("export-items").replaceChildren(...[["png", exportPng], ["svg", exportSvg], ["csv", () => whenComplete(exportCsv)]].map(([kind, action]) => button(t(`export_${kind}`), () => { action(); $("export-menu").open = false; }, { id: `export-${kind}` })),
    button(t("print"), () => { $("export-menu").open = false; window.print(); }, { id: "print" }), button(t("link"), copyLink, { id: "copy-link" }));
  $("zoom").replaceChildren(...[["M8 3v10M3 8h10", "zoom_in", () => zoomBy(1.3)], ["M3 8h10", "zoom_out", () => zoomBy(1 / 1.3)], ["M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4", "fit", fit], ["M2 5q3-4 6 0t6 0M2 11q3-4 6 0t6 0", "physics", togglePhysics]].map(([strokes, key, action]) => button(icon(strokes), action, { class: "icon", "aria-label": t(key), title: t(key), id: key === "physics" ? "physics" : null, "aria-pressed": key === "physics" ? String(loose) : null })));
  if (page.total > nodes.length) { $("notice").textContent = t("ceiling", { n: number(nodes.length), total: number(page.total) }); $("notice").hidden = false; }
  showView();
}
