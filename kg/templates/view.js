// What is visible under the filters, and where it stands. Nothing here draws.
function passes(evidence) {
  if (state.modalities.has(MODALITIES[evidence.m]) || evidence.c < state.confidence || state.documents.has(evidence.d)) return false;
  const date = evidence.d >= 0 ? page.documents[evidence.d].date || "" : "";
  const year = date.slice(0, 4);
  return !(state.from && (!year || year < state.from)) && !(state.to && (!year || year > state.to));
}

function edgePasses(edge) {
  if (state.relations.has(edge.r) || state.classes.has(nodes[edge.from].c) || state.classes.has(nodes[edge.to].c)) return false;
  if (edge.o && !edge.v.length) return !state.modalities.has("background");
  return edge.v.some((i) => passes(page.evidence[i]));
}

const other = (edge, id) => (edge.from === id ? edge.to : edge.from);

// Breadth first from a node over the edges that pass; returns the step at which each node is met and through which edge.
function reach(start, hops = Infinity, goal = NONE) {
  const met = new Map([[start, { step: 0, from: NONE, edge: null }]]);
  const queue = [start];
  for (let i = 0; i < queue.length; i += 1) {
    const { step } = met.get(queue[i]);
    if (step >= hops || queue[i] === goal) break;
    for (const edge of edgesOf[queue[i]]) {
      const next = other(edge, queue[i]);
      if (!met.has(next) && edgePasses(edge)) { met.set(next, { step: step + 1, from: queue[i], edge }); queue.push(next); }
    }
  }
  return met;
}

function shortestPath(a, b) {
  const met = reach(a, Infinity, b);
  if (!met.has(b)) return null;
  const steps = [];
  for (let at = b; at !== a; at = met.get(at).from) steps.unshift(met.get(at).edge);
  return steps;
}

// Returns { ids, edges, places }: the visible nodes, the visible edges, and where each node stands.
function look() {
  const passing = edges.filter(edgePasses);
  let wanted = null, places = null;
  if (state.path) {
    const steps = shortestPath(...state.path) || [];
    wanted = new Set(state.path);
    for (const edge of steps) { wanted.add(edge.from); wanted.add(edge.to); }
    places = inRow(state.path[0], steps);
  } else if (state.focus !== NONE) {
    const met = reach(state.focus, state.hops);
    wanted = new Set(met.keys());
    places = inRings(state.focus, met);
  } else if (state.scope === "core") wanted = new Set(nodes.filter((node) => node.core || node.id === state.node).map((node) => node.id));
  const visible = passing.filter((edge) => !wanted || (wanted.has(edge.from) && wanted.has(edge.to)));
  const ids = new Set();
  for (const edge of visible) { ids.add(edge.from); ids.add(edge.to); }
  if (state.lonely || state.path) for (const node of nodes) if ((!wanted || wanted.has(node.id)) && !state.classes.has(node.c)) ids.add(node.id);
  if (state.focus !== NONE && !state.path) ids.add(state.focus);
  if (state.node !== NONE && !places) ids.add(state.node);
  if (!places) {
    places = new Map();
    for (const id of ids) {
      const node = nodes[id];
      places.set(id, state.scope === "core" ? (node.core ? node.core : beside(id)) : [node.x, node.y]);
    }
  }
  return { ids, edges: visible, places };
}

// A found node that the opening view leaves out stands beside a neighbour that it shows.
function beside(id) {
  for (const edge of edgesOf[id]) {
    const place = nodes[other(edge, id)].core;
    if (place) return [place[0] + 46, place[1] + 34];
  }
  return [nodes[id].x, nodes[id].y];
}

function inRow(start, steps) {
  const places = new Map([[start, [0, 0]]]);
  let at = start, i = 0;
  for (const edge of steps) {
    at = other(edge, at);
    i += 1;
    places.set(at, [i * 190, i % 2 ? 46 : 0]);
  }
  if (state.path && !places.has(state.path[1])) places.set(state.path[1], [380, 0]);
  return places;
}

// Rings around a node: each node stands on the ray of the one it was met through, so that edges do not cross.
function inRings(centre, met) {
  const children = new Map();
  for (const [id, { from }] of met) if (from !== NONE) children.set(from, [...(children.get(from) || []), id]);
  const order = (id) => [page.relationOrder.indexOf(met.get(id).edge.r), met.get(id).edge.from === met.get(id).from ? 0 : 1, page.classOrder.indexOf(nodes[id].c), id];
  const before = (a, b) => { const x = order(a), y = order(b); for (let i = 0; i < x.length; i += 1) if (x[i] !== y[i]) return x[i] - y[i]; return 0; };
  const weight = (id) => (children.get(id) || []).reduce((sum, child) => sum + weight(child), 0) || 1;
  const rings = [0, 0, 0];
  for (const { step } of met.values()) rings[step] += 1;
  const first = Math.max(170, (Math.max(rings[1], weight(centre) * 0.55) * 30) / (2 * Math.PI));
  const radii = [0, first, Math.max(first + 170, (rings[2] * 27) / (2 * Math.PI))];
  const places = new Map([[centre, [0, 0]]]);
  const lay = (id, from, to, step) => {
    const kids = (children.get(id) || []).sort(before);
    const whole = kids.reduce((sum, child) => sum + weight(child), 0);
    let angle = from;
    kids.forEach((child, i) => {
      const share = ((to - from) * weight(child)) / whole;
      const middle = angle + share / 2;
      const stagger = step === 1 && kids.length > 14 && i % 2 ? 1.16 : 1;
      places.set(child, [Math.round(1.3 * stagger * radii[step] * Math.cos(middle)), Math.round(stagger * radii[step] * Math.sin(middle))]);
      lay(child, angle, angle + share, step + 1);
      angle += share;
    });
  };
  lay(centre, -Math.PI / 2, 1.5 * Math.PI, 1);
  return places;
}
