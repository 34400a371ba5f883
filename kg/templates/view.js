// What is visible under the filters, and where it stands. Nothing here draws.
function passes(evidence) {
  if (state.modalities.has(MODALITIES[evidence.m]) || evidence.c < state.confidence || state.documents.has(evidence.d)) return false;
  const date = evidence.d >= 0 ? page.documents[evidence.d].date || "" : "";
  const year = date.slice(0, 4);
  return !(state.from && (!year || year < state.from)) && !(state.to && (!year || year > state.to));
}

function edgePasses(edge) {
  if (state.relations.has(edge.r) || state.classes.has(nodes[edge.from].c) || state.classes.has(nodes[edge.to].c)) return false;
  if (!edge.v.length) return !state.modalities.has(unstated(edge));
  if (!state.modalities.size && !state.documents.size && !state.confidence && !state.from && !state.to) return true;
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
  if (state.scope === "groups" && !state.path && state.focus === NONE) return lookAtGroups(passing);
  const picked = new Set(state.edge === NONE ? [state.node] : [edges[state.edge].from, edges[state.edge].to]); // shown although the opening view leaves them out
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
  } else if (state.scope === "core") wanted = new Set(nodes.filter((node) => node.core || picked.has(node.id)).map((node) => node.id));
  const visible = passing.filter((edge) => !wanted || (wanted.has(edge.from) && wanted.has(edge.to)));
  const ids = new Set();
  for (const edge of visible) { ids.add(edge.from); ids.add(edge.to); }
  if (state.lonely || state.path) for (const node of nodes) if ((!wanted || wanted.has(node.id) || (state.lonely && !node.g && !places)) && !state.classes.has(node.c)) ids.add(node.id);
  if (state.focus !== NONE && !state.path) ids.add(state.focus);
  if (state.node !== NONE && !places) ids.add(state.node);
  if (!places) {
    places = new Map();
    for (const id of ids) {
      const node = nodes[id];
      places.set(id, state.scope === "core" ? (node.core || beside(id)) : [node.x, node.y]);
    }
    if (state.scope === "core") inBlock(places, [...ids].filter((id) => !nodes[id].core && !nodes[id].g));
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

// Nodes without relations stand in a block below the opening view.
function inBlock(places, lonely) {
  const rest = [...places].filter(([id]) => nodes[id].g).map(([, place]) => place);
  const left = Math.min(0, ...rest.map((p) => p[0])), width = Math.max(900, ...rest.map((p) => p[0] - left)), bottom = Math.max(0, ...rest.map((p) => p[1]));
  const columns = Math.max(1, Math.floor(width / 120));
  lonely.forEach((id, i) => places.set(id, [left + (i % columns) * 120, bottom + 90 + Math.floor(i / columns) * 44]));
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
  const weight = (id) => 1 + 0.6 * (children.get(id) || []).length;
  const rings = [0, 0, 0];
  for (const { step } of met.values()) rings[step] += 1;
  const dense = met.size > 26; // then labels stand along the rays
  const wide = dense ? 1 : 1.3;
  const first = Math.max(170, (Math.max(rings[1], rings[2] * 0.6) * 30) / (2 * Math.PI));
  const radii = [0, first, Math.max(first * 1.9, first + 190)];
  const places = new Map([[centre, [0, 0]]]);
  const lay = (id, from, to, step) => {
    const kids = (children.get(id) || []).sort(before);
    const whole = kids.reduce((sum, child) => sum + weight(child), 0);
    let angle = from;
    kids.forEach((child) => {
      const share = ((to - from) * weight(child)) / whole;
      const middle = angle + share / 2;
      places.set(child, [Math.round(wide * radii[step] * Math.cos(middle)), Math.round(radii[step] * Math.sin(middle))]);
      lay(child, angle, angle + share, step + 1);
      angle += share;
    });
  };
  lay(centre, -Math.PI / 2, 1.5 * Math.PI, 1);
  places.rays = dense && new Map([...met].map(([id, { step }]) => [id, step]));
  places.tree = new Set([...met.values()].map(({ edge }) => edge && edge.id));
  return places;
}
