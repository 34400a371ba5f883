// What a person does, the address that remembers it, and the start.
function selectNode(id, bring = false) {
  const seen = shown.ids.has(id);
  state.node = id;
  state.edge = NONE;
  state.group = NONE;
  if (state.path) state.path = null;
  if (!seen && state.focus !== NONE) state.focus = NONE;
  if (!seen && state.classes.has(nodes[id].c)) { state.classes.delete(nodes[id].c); drawPanel(); }
  if (!seen) refresh(); else emphasise();
  settle();
  if (bring && shown.ids.has(id)) reveal(id);
}

function selectEdge(id) {
  state.edge = id;
  state.node = NONE;
  state.group = NONE;
  emphasise();
  settle();
}

function clearSelection() {
  state.node = NONE;
  state.edge = NONE;
  state.group = NONE;
  emphasise();
  settle();
}

function focusOn(id) {
  state.focus = id;
  state.node = id;
  state.edge = NONE;
  state.group = NONE;
  state.path = null;
  changed(true);
  fit();
}

function showPath(a, b) {
  state.path = [a, b];
  state.start = NONE;
  state.node = NONE;
  state.edge = NONE;
  changed(true);
  fit();
}

function leave() {
  state.focus = NONE;
  state.path = null;
  state.start = NONE;
  changed(true);
  fit();
}

function reset() {
  for (const off of [state.classes, state.relations, state.documents, state.modalities]) off.clear();
  Object.assign(state, { confidence: 0, from: "", to: "", scope: OPENING, lonely: false, node: NONE, edge: NONE, group: NONE });
  unfolded = new Map();
  leave();
  drawPanel();
}

function changed(redraw) {
  if (redraw) refresh();
  settle();
}

function settle() {
  showCard();
  showMode();
  writeHash();
}

// --- the address: every choice, so that a link shows another person the same view

const SETS = { c: "classes", r: "relations", d: "documents", m: "modalities" };

function writeHash() {
  const h = new URLSearchParams();
  if (state.node !== NONE) h.set("n", nodes[state.node].u);
  if (state.edge !== NONE) h.set("e", edges[state.edge].u);
  if (state.path) h.set("p", state.path.map((id) => nodes[id].u).join(" "));
  if (state.focus !== page.focus) h.set("f", state.focus === NONE ? "" : nodes[state.focus].u);
  if (state.hops !== 1) h.set("h", String(state.hops));
  for (const [key, name] of Object.entries(SETS)) if (state[name].size) h.set(key, [...state[name]].map((value) => (key === "d" ? page.documents[value].path : value)).join("|"));
  if (state.confidence) h.set("q", String(state.confidence));
  if (state.from || state.to) h.set("y", `${state.from}-${state.to}`);
  if (state.scope === "all") h.set("a", "1");
  if (state.scope === "core" && KINDS.length) h.set("a", "0");
  if (state.grouping !== (KINDS[0] || "")) h.set("g", state.grouping);
  if (unfolded.size) h.set("u", [...unfolded].map((pair) => pair.join(".")).join("|"));
  if (state.group !== NONE) h.set("k", String(state.group));
  if (state.lonely) h.set("i", "1");
  if (state.view === "list") h.set("v", "list");
  if (state.language !== page.language) h.set("l", state.language);
  if (state.theme) h.set("t", state.theme);
  const text = h.toString();
  try { history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search); } catch { /* some readers forbid it for local files */ }
}

function readHash() {
  const h = new URLSearchParams(location.hash.slice(1));
  const id = (name) => (nodeByName.has(name) ? nodeByName.get(name).id : NONE);
  state.node = id(h.get("n"));
  state.edge = edgeByName.has(h.get("e")) ? edgeByName.get(h.get("e")).id : NONE;
  const path = (h.get("p") || "").split(" ").map(id);
  state.path = path.length === 2 && !path.includes(NONE) ? path : null;
  state.focus = h.has("f") ? id(h.get("f")) : page.focus;
  state.hops = h.get("h") === "2" ? 2 : 1;
  const paths = new Map(page.documents.map((record, i) => [record.path, i]));
  const known = { c: new Set(page.classOrder), r: new Set(page.relationOrder), m: new Set(MODALITIES) };
  for (const [key, name] of Object.entries(SETS)) {
    const values = (h.get(key) || "").split("|").filter(Boolean);
    state[name] = new Set(key === "d" ? values.filter((v) => paths.has(v)).map((v) => paths.get(v)) : values.filter((v) => known[key].has(v)));
  }
  state.confidence = Math.max(0, Math.min(1, Number(h.get("q")) || 0));
  [state.from, state.to] = /^(\d{4})?-(\d{4})?$/.test(h.get("y") || "") ? h.get("y").split("-") : ["", ""];
  state.scope = h.get("a") === "1" && !KINDS.length ? "all" : h.get("a") === "0" ? "core" : OPENING;
  state.grouping = KINDS.includes(h.get("g")) ? h.get("g") : KINDS[0] || "";
  const groups = KINDS.length ? page.groups[state.grouping].heads.length : 0, whole = (text) => (/^\d{1,6}$/.test(text) ? Number(text) : NONE);
  unfolded = new Map((h.get("u") || "").split("|").map((pair) => pair.split(".").map(whole)).filter(([group, most]) => group >= 0 && group < groups && most > 0));
  state.group = whole(h.get("k")) < groups ? whole(h.get("k")) : NONE;
  state.lonely = h.get("i") === "1";
  state.view = h.get("v") === "list" ? "list" : "graph";
  state.language = ["zh", "en"].includes(h.get("l")) ? h.get("l") : page.language;
  state.theme = ["light", "dark"].includes(h.get("t")) ? h.get("t") : "";
}

// --- light and dark

const darkness = matchMedia("(prefers-color-scheme: dark)");

function applyTheme(printing = false) {
  document.documentElement.dataset.theme = printing ? "light" : state.theme || (darkness.matches ? "dark" : "light");
  colors.clear();
}

function repaint() {
  applyTheme();
  if (KINDS.length) setUpGroups();
  writeWords();
  drawPanel();
  refresh();
  settle();
}

function setUpEvents() {
  $("language").addEventListener("click", () => { state.language = state.language === "zh" ? "en" : "zh"; repaint(); });
  $("theme").addEventListener("click", () => { state.theme = isDark() ? "light" : "dark"; repaint(); });
  $("view").addEventListener("click", () => { state.view = state.view === "list" ? "graph" : "list"; showView(); writeHash(); });
  $("open-filters").addEventListener("click", () => toggleFilters(!$("filters").classList.contains("open")));
  darkness.addEventListener("change", repaint);
  window.addEventListener("beforeprint", () => { applyTheme(true); refresh(); $("printed").replaceChildren(compose()); });
  window.addEventListener("afterprint", () => { $("printed").replaceChildren(); repaint(); });
  window.addEventListener("hashchange", () => { readHash(); repaint(); fit(); });
  document.addEventListener("click", (event) => { if (!$("export-menu").contains(event.target)) $("export-menu").open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { $("q").focus(); event.preventDefault(); }
    if (event.key !== "Escape") return;
    if ($("export-menu").open) $("export-menu").open = false;
    else if ($("filters").classList.contains("open")) toggleFilters(false);
    else if (state.node !== NONE || state.edge !== NONE || state.group !== NONE) clearSelection();
    else if (state.focus !== NONE || state.path) leave();
  });
  $("network").addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const actions = { "+": () => zoomBy(1.25), "=": () => zoomBy(1.25), "-": () => zoomBy(0.8), 0: fit, Enter: () => { if (state.group !== NONE) unfold(state.group); else if (state.node !== NONE) focusOn(state.node); } };
    if (ways[event.key]) step(...ways[event.key]);
    else if (actions[event.key] && !event.ctrlKey && !event.metaKey) actions[event.key]();
    else return;
    event.preventDefault();
  });
  let size = 0;
  new ResizeObserver(() => {
    const now = $("network").clientWidth * 10000 + $("network").clientHeight;
    if (size && now !== size) requestAnimationFrame(fit);
    size = now;
  }).observe($("network"));
}

function start() {
  readHash();
  applyTheme();
  if (KINDS.length) setUpGroups();
  writeWords();
  drawPanel();
  setUpNetwork();
  setUpSearch();
  setUpEvents();
  settle();
  if (state.focus !== NONE || state.path) fit();
  else if (state.node !== NONE && shown.ids.has(state.node)) reveal(state.node);
  else if (state.edge !== NONE && edgeSet.get(state.edge)) revealEdge(edges[state.edge]);
  // Where a node stands on the screen: for those who embed the page, and for its tests.
  window.jiqun = Object.freeze({
    at: (name) => {
      const node = nodeByName.get(name) || groupNodes.find((group) => group.name === name || group.u === name), drawn = node && shown.ids.has(node.id) && network.body.nodes[node.id], box = $("network").getBoundingClientRect();
      if (!drawn) return null;
      const { x, y } = network.canvasToDOM({ x: drawn.x, y: drawn.y });
      return { x: box.left + x, y: box.top + y };
    },
    frames: () => frames,
    unfold: (group) => unfold(group),
    visible: () => [...shown.ids].map((id) => thing(id).u),
  });
  document.documentElement.dataset.ready = "1";
}

// Groups need no words; any other view, and one that an address asks for, waits for them.
if (KINDS.length && location.hash.length < 2) {
  start();
  setTimeout(() => whenComplete(() => { // after the first picture
    drawPanel();
    if (shown.edges.some((edge) => edge.id < edges.length)) refresh(); // lines of facts show how sure they are
  }), 60);
} else whenComplete(start);
