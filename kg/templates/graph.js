// The canvas: vis-network draws nodes and edges without physics; labels and emphasis are drawn over it.
let network = null, shown = { ids: new Set(), edges: [], places: new Map() };
let nodeSet = null, edgeSet = null, hot = null, hovered = NONE, sharpness = 1, emphasised = [];

const LINES = { solid: false, dashed: [7, 5], dotted: [2, 4], dashdot: [8, 3, 2, 3] };

function lineOf(edge) {
  const best = isComplete() && edge.v.map((i) => page.evidence[i]).find(passes);
  return LINES[page.modalities[best ? MODALITIES[best.m] : unstated(edge)].line];
}

const drawnNode = (id) => {
  const node = thing(id), [x, y] = shown.places.get(id);
  const color = colorOf(node.c), size = shown.places.rays && id !== state.focus ? Math.min(node.size, 12) : node.size;
  return { id, x, y, shape: node.shape, size, color: { background: color, border: cssColor("--paper"), hover: { background: color, border: cssColor("--paper") }, highlight: { background: color, border: cssColor("--paper") } } };
};

function drawnEdge(edge, strong = false) {
  const color = cssColor(strong ? "--accent" : "--edge");
  const aside = shown.places.tree && !shown.places.tree.has(edge.id); // in rings what is not on a ray steps back
  const calm = (aside ? 0.35 : edge.n ? Math.min(1, 0.3 + Math.log2(edge.n) / 12) : 1) * Math.max(0.35, Math.min(0.85, 1.05 - shown.edges.length / 900));
  return {
    id: edge.id, from: edge.from, to: edge.to, dashes: lineOf(edge), width: edge.n ? Math.min(6, 0.6 + Math.log2(edge.n) * 0.4) : strong ? 1.8 : 1,
    color: { color, hover: color, highlight: color, inherit: false, opacity: strong ? 0.9 : calm },
    arrows: edge.n || page.relations[edge.r].symmetric ? "" : "to", smooth: bends.get(edge.id) || false,
  };
}

// Edges between the same two nodes bend apart.
const bends = new Map();
function bendParallels() {
  const pairs = new Map();
  for (const edge of edges) {
    const key = `${Math.min(edge.from, edge.to)} ${Math.max(edge.from, edge.to)}`;
    pairs.set(key, [...(pairs.get(key) || []), edge]);
  }
  for (const parallel of pairs.values()) {
    parallel.slice(1).forEach((edge, i) => {
      const clockwise = (i % 2 === 0) === edge.from < edge.to;
      bends.set(edge.id, { enabled: true, type: clockwise ? "curvedCW" : "curvedCCW", roundness: 0.14 * (1 + Math.floor(i / 2)) });
    });
  }
}

function setUpNetwork() {
  if (!KINDS.length) bendParallels();
  nodeSet = new vis.DataSet();
  edgeSet = new vis.DataSet();
  const many = nodes.length > 1200;
  network = new vis.Network($("network"), { nodes: nodeSet, edges: edgeSet }, {
    physics: { enabled: false }, layout: { improvedLayout: false, randomSeed: 1 },
    interaction: { hover: true, tooltipDelay: 1e8, multiselect: false, hideEdgesOnDrag: many, hideEdgesOnZoom: many, selectConnectedEdges: false },
    nodes: { borderWidth: 1.2, borderWidthSelected: 1.2, chosen: false, font: { size: 0 } },
    edges: { chosen: false, selectionWidth: 0, hoverWidth: 0, arrowStrikethrough: false, arrows: { to: { enabled: true, scaleFactor: 0.38 } }, smooth: false },
  });
  network.canvas.frame.tabIndex = -1;
  network.on("beforeDrawing", paintGround);
  network.on("afterDrawing", paintLabels);
  network.on("click", (event) => {
    if (event.nodes.length) { if (isGroup(event.nodes[0])) pick(event.nodes[0]); else selectNode(event.nodes[0]); }
    else if (event.edges.length && event.edges[0] < edges.length) selectEdge(event.edges[0]);
    else clearSelection();
  });
  network.on("doubleClick", (event) => { if (event.nodes.length) { if (isGroup(event.nodes[0])) unfold(event.nodes[0] - nodes.length); else focusOn(event.nodes[0]); } });
  network.on("hoverNode", ({ node, event }) => { hovered = node; tip(event, [nameOf(thing(node)), isGroup(node) ? t("group_kind") : word(classOf(nodes[node]))].join(" · ")); network.redraw(); });
  network.on("hoverEdge", ({ edge, event }) => tip(event, edge < edges.length ? edgeWords(edges[edge]) : bundleWords(line(edge))));
  for (const name of ["blurNode", "blurEdge", "dragStart", "zoom"]) network.on(name, () => { if (hovered !== NONE) { hovered = NONE; network.redraw(); } $("tip").hidden = true; });
  refresh(true);
}

const edgeWords = (edge) => edge.n ? bundleWords(edge) : `${nameOf(nodes[edge.from])} — ${relationName(edge)} → ${nameOf(nodes[edge.to])}`;

function tip(event, text) {
  const box = $("stage").getBoundingClientRect(), at = event.center || event, tipBox = $("tip");
  tipBox.textContent = text;
  tipBox.hidden = false;
  tipBox.style.left = `${Math.max(6, Math.min((at.clientX ?? at.x) - box.left + 14, box.width - tipBox.offsetWidth - 6))}px`;
  tipBox.style.top = `${Math.max(6, Math.min((at.clientY ?? at.y) - box.top + 16, box.height - tipBox.offsetHeight - 6))}px`;
}

// Brings the canvas in line with the state: what left goes, what came is added, what moved is moved.
function refresh(refit = false) {
  emphasised = []; // vis-network draws while it removes
  hot = null;
  shown = look();
  const wantedEdges = new Map(shown.edges.map((edge) => [edge.id, edge]));
  edgeSet.remove(edgeSet.getIds().filter((id) => !wantedEdges.has(id)));
  nodeSet.remove(nodeSet.getIds().filter((id) => !shown.ids.has(id)));
  nodeSet.update([...shown.ids].map(drawnNode));
  edgeSet.update(shown.edges.map((edge) => drawnEdge(edge)));
  emphasise();
  $("empty").hidden = shown.ids.size > 0;
  showCounts();
  if (refit) fit();
  if (state.view === "list") showList();
}

function emphasise() {
  hot = null;
  let strong = [];
  if (state.node !== NONE && shown.ids.has(state.node) && state.node !== state.focus) {
    strong = edgesOf[state.node].filter((edge) => edgeSet.get(edge.id));
    hot = new Set([state.node, ...strong.map((edge) => other(edge, state.node))]);
  } else if (state.edge !== NONE && edgeSet.get(state.edge)) {
    strong = [edges[state.edge]];
    hot = new Set([edges[state.edge].from, edges[state.edge].to]);
  }
  const calm = emphasised.filter((edge) => edgeSet.get(edge.id) && !strong.includes(edge));
  emphasised = strong;
  edgeSet.update([...calm.map((edge) => drawnEdge(edge)), ...strong.map((edge) => drawnEdge(edge, true))]);
  if (state.path || state.focus !== NONE) hot = null;
  if (state.view === "graph") network.redraw();
}

function paintGround(context) {
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = cssColor("--paper");
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.restore();
}

// All words of a picture: names, and relations where they are meant.
function labelled(ids, at, scale, urgent, size = 1, frame = null) {
  if (shown.places.rays) return [...placeRays(ids, at, scale, urgent, size).placed, ...placeSectors(at, size)];
  const { placed, grid } = placeLabels(ids, at, scale, urgent, size, frame);
  const spoken = emphasised.length ? emphasised : state.path || state.focus !== NONE ? shown.edges : [];
  return [...placed, ...placeEdgeLabels(spoken.slice(0, 120), at, grid, size)];
}

let frames = 0; // drawn so far
function paintLabels(context) {
  frames += 1;
  const scale = network.getScale(), drawn = network.body.nodes;
  const paper = cssColor("--paper"), ink = cssColor("--ink"), soft = cssColor("--soft");
  if (hot) { // a veil over everything, and what is meant once more above it
    const { width, height } = context.canvas;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 0.8;
    context.fillStyle = paper;
    context.fillRect(0, 0, width, height);
    context.restore();
    for (const edge of emphasised) { const line = network.body.edges[edge.id]; if (line) { line.draw(context); line.drawArrows && line.drawArrows(context); } }
    for (const id of hot) if (drawn[id]) drawn[id].draw(context);
  }
  const at = (id) => [drawn[id].x * scale, drawn[id].y * scale];
  const corner = network.DOMtoCanvas({ x: -60, y: -30 }), frame = network.canvas.frame;
  const end = network.DOMtoCanvas({ x: frame.clientWidth + 60, y: frame.clientHeight + 30 });
  const inView = [...(hot || shown.ids)].filter((id) => drawn[id] && drawn[id].x > corner.x && drawn[id].x < end.x && drawn[id].y > corner.y && drawn[id].y < end.y);
  const urgent = new Set([state.node, state.focus, hovered, ...(state.edge !== NONE ? [edges[state.edge].from, edges[state.edge].to] : []), ...(state.path || [])]);
  const busiest = inView.length > 900 ? inView.sort((a, b) => thing(b).g - thing(a).g).slice(0, 900) : inView;
  if (hovered !== NONE && drawn[hovered] && !busiest.includes(hovered)) busiest.push(hovered);
  const [a, b] = [network.DOMtoCanvas({ x: 0, y: 0 }), network.DOMtoCanvas({ x: frame.clientWidth, y: frame.clientHeight })];
  const placed = labelled(busiest, at, scale, urgent, sharpness, [a.x * scale, a.y * scale, b.x * scale, b.y * scale]);
  for (const id of [state.node, state.focus, state.group === NONE ? NONE : nodes.length + state.group]) {
    if (id === NONE || !drawn[id] || !shown.ids.has(id)) continue;
    context.beginPath();
    context.arc(drawn[id].x, drawn[id].y, thing(id).size + (5 * sharpness) / scale, 0, 2 * Math.PI);
    context.lineWidth = (2 * sharpness) / scale;
    context.strokeStyle = cssColor("--accent");
    context.stroke();
  }
  context.lineJoin = "round";
  context.textBaseline = "middle";
  for (const label of placed) {
    context.font = `${label.bold ? 600 : 400} ${label.size / scale}px ${FONT}`;
    context.textAlign = label.anchor;
    context.lineWidth = (3.2 * sharpness) / scale;
    context.strokeStyle = paper;
    context.fillStyle = label.edge ? soft : ink;
    context.save();
    context.translate(label.x / scale, label.y / scale);
    if (label.angle) context.rotate(label.angle);
    context.strokeText(label.text, 0, 0);
    context.fillText(label.text, 0, 0);
    context.restore();
  }
}

// On a narrow screen the card lies over the lower part of the picture.
function coveredBelow() {
  const stage = $("stage").getBoundingClientRect(), card = $("card").getBoundingClientRect();
  return card.left < stage.right - 40 && card.width ? Math.max(0, Math.min(stage.bottom - card.top, stage.height * 0.7)) : 0;
}

function fit() {
  const places = [...shown.ids].map((id) => shown.places.get(id));
  const box = $("network");
  if (!places.length || !box.clientWidth) return;
  const xs = places.map((p) => p[0]), ys = places.map((p) => p[1]);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const narrow = box.clientWidth < 560, outside = state.focus !== NONE && !state.path; // labels of rings stand outside
  const side = outside ? (narrow ? 84 : 150) : narrow ? 62 : 84, ends = shown.places.rays ? side * (narrow ? 1.4 : 2) : 90, covered = coveredBelow(), bar = $("mode").hidden ? 0 : 44;
  const scale = Math.max(0.02, Math.min((box.clientWidth - 2 * side) / Math.max(1, right - left), (box.clientHeight - covered - bar - ends) / Math.max(1, bottom - top), 1.25));
  network.moveTo({ position: { x: (left + right) / 2, y: (top + bottom) / 2 + (covered - bar) / 2 / scale }, scale, animation: false });
}

function reveal(id) {
  const scale = Math.max(network.getScale(), 0.75), [x, y] = shown.places.get(id);
  network.moveTo({ position: { x, y: y + coveredBelow() / 2 / scale }, scale, animation: false });
}

function revealEdge(edge) {
  const [[x1, y1], [x2, y2]] = [shown.places.get(edge.from), shown.places.get(edge.to)], box = $("network");
  const scale = Math.min(1.1, (box.clientWidth - 200) / Math.max(1, Math.abs(x1 - x2)), (box.clientHeight - coveredBelow() - 160) / Math.max(1, Math.abs(y1 - y2)));
  network.moveTo({ position: { x: (x1 + x2) / 2, y: (y1 + y2) / 2 + coveredBelow() / 2 / scale }, scale: Math.max(0.05, scale), animation: false });
}

function zoomBy(factor) { network.moveTo({ scale: Math.max(0.02, Math.min(6, network.getScale() * factor)), animation: false }); }

// The nearest visible node in a direction, seen from the selected one.
function step(dx, dy) {
  const chosen = state.group !== NONE ? nodes.length + state.group : state.node;
  const from = chosen !== NONE && shown.ids.has(chosen) ? network.body.nodes[chosen] : null;
  if (!from) { const best = [...shown.ids].sort((a, b) => thing(b).g - thing(a).g)[0]; if (best !== undefined) pick(best); return; }
  let best = NONE, least = Infinity;
  for (const id of shown.ids) {
    const node = network.body.nodes[id], x = node.x - from.x, y = node.y - from.y;
    const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
    if (id !== chosen && ahead > 0 && ahead >= aside * 0.8 && ahead + 2 * aside < least) { least = ahead + 2 * aside; best = id; }
  }
  if (best !== NONE) pick(best);
}

let loose = false;
function togglePhysics() {
  loose = !loose;
  network.setOptions({ physics: loose ? { enabled: true, solver: "forceAtlas2Based", stabilization: false, forceAtlas2Based: { springLength: 90, gravitationalConstant: -60, avoidOverlap: 0.4 } } : { enabled: false } });
  if (!loose) shown.places = new Map([...shown.ids].map((id) => [id, [network.body.nodes[id].x, network.body.nodes[id].y]]));
  $("physics").setAttribute("aria-pressed", String(loose));
}
