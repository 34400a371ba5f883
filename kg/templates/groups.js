// Large graphs open as groups (by region, community or class) that unfold on demand. A group is drawn like a node whose
// number lies beyond those of the nodes; a line between groups is a bundle whose number lies beyond those of the edges.
const KINDS = page.groupKinds, GOLDEN = Math.PI * (3 - Math.sqrt(5)), UNFOLD = 120, LINES_MOST = 320;
const isGroup = (id) => id >= nodes.length;
let groupNodes = [], bundles = [], membersOf = [], unfolded = new Map(); // group → how many of its members are shown

const thing = (id) => (isGroup(id) ? groupNodes[id - nodes.length] : nodes[id]);
const line = (id) => (id < edges.length ? edges[id] : bundles[id - edges.length]);
const homeOf = (id) => page.groups[state.grouping].of[id];

// Names, sizes and members of the groups of the chosen kind; sizes follow the filters.
function setUpGroups() {
  const { of, heads } = page.groups[state.grouping];
  membersOf = heads.map(() => []);
  of.forEach((group, id) => membersOf[group].push(id));
  groupNodes = heads.map((head, i) => {
    const rest = head === NONE, name = rest ? word(page.text.group_rest) : state.grouping === "class" ? word(classOf(nodes[head])) : state.grouping === "region" ? nameOf(nodes[head]) : t("group_around", { name: nameOf(nodes[head]) });
    const c = rest ? page.classOrder[page.classOrder.length - 1] : nodes[head].c;
    return { id: nodes.length + i, name, label: name, c, shape: "dot", g: 0, size: 9, u: `group ${i}`, core: page.groups[state.grouping].places[i] };
  });
}

const bundleWords = (edge) => `${thing(edge.from).label} — ${thing(edge.to).label} · ${t("group_ties", { n: number(edge.n) })}`;

// As `look`, for groups: closed groups, the best connected members of open ones, single edges and bundles between them.
function lookAtGroups(passing) {
  const { of } = page.groups[state.grouping], live = new Set();
  for (const edge of passing) { live.add(edge.from); live.add(edge.to); }
  if (state.lonely) for (const node of nodes) if (!node.g && !state.classes.has(node.c)) live.add(node.id);
  const ids = new Set(), places = new Map(), radius = new Map();
  const counts = membersOf.map((members) => members.reduce((sum, id) => sum + (live.has(id) ? 1 : 0), 0));
  const shownMembers = new Map();
  for (const [group, most] of unfolded) {
    const members = membersOf[group].filter((id) => live.has(id)).sort((a, b) => nodes[b].g - nodes[a].g || a - b).slice(0, most);
    shownMembers.set(group, members);
    radius.set(group, 60 + 30 * Math.sqrt(members.length));
  }
  const centres = groupNodes.map((node) => [...node.core]);
  for (const [group, room] of radius) { // the others make room
    const [x, y] = groupNodes[group].core;
    centres.forEach((centre, i) => {
      if (i === group) return;
      const dx = groupNodes[i].core[0] - x || 1, dy = groupNodes[i].core[1] - y, far = Math.hypot(dx, dy);
      centre[0] += (dx / far) * room;
      centre[1] += (dy / far) * room;
    });
  }
  groupNodes.forEach((node, i) => {
    const members = shownMembers.get(i) || [], rest = counts[i] - members.length;
    members.forEach((id, k) => {
      const r = 52 + 30 * Math.sqrt(k + 1), angle = k * GOLDEN;
      ids.add(id);
      places.set(id, [Math.round(centres[i][0] + r * Math.cos(angle)), Math.round(centres[i][1] + r * Math.sin(angle))]);
    });
    node.g = rest;
    node.size = 9 + Math.min(40, 1.1 * Math.sqrt(rest));
    node.label = node.en = `${node.name} ${members.length ? "+" : ""}${number(rest)}`;
    if (rest > 0) { ids.add(node.id); places.set(node.id, centres[i]); }
  });
  if (state.node !== NONE && !ids.has(state.node)) { // what was searched for stands beside its group
    const home = of[state.node], [x, y] = centres[home], room = Math.max(groupNodes[home].size + 40, radius.get(home) || 0);
    ids.add(state.node);
    places.set(state.node, [x + room, y + 14]);
  }
  const end = (id) => (ids.has(id) ? id : nodes.length + of[id]);
  const single = [], between = new Map();
  for (const edge of passing) {
    const a = end(edge.from), b = end(edge.to);
    if (a === b) continue;
    if (!isGroup(a) && !isGroup(b)) { single.push(edge); continue; }
    const key = Math.min(a, b) * 1e6 + Math.max(a, b), known = between.get(key);
    if (known) known.n += 1; else between.set(key, { from: Math.min(a, b), to: Math.max(a, b), r: "", v: [], n: 1 });
  }
  bundles = [...between.values()].sort((a, b) => b.n - a.n || a.from - b.from || a.to - b.to).slice(0, LINES_MOST);
  bundles.forEach((bundle, i) => { bundle.id = edges.length + i; });
  return { ids, edges: [...single, ...bundles], places, total: passing.length };
}

function pick(id) {
  if (isGroup(id)) selectGroup(id - nodes.length); else selectNode(id, true);
}

function selectGroup(group) {
  state.group = group;
  state.node = NONE;
  state.edge = NONE;
  emphasise();
  settle();
}

function unfold(group, more = UNFOLD) {
  unfolded.set(group, (unfolded.get(group) || 0) + more);
  state.group = group;
  state.node = NONE;
  changed(true);
  const [x, y] = shown.places.get(nodes.length + group) || shown.places.get(membersOf[group].find((id) => shown.ids.has(id))) || [0, 0];
  const room = 120 + 60 * Math.sqrt(unfolded.get(group)), box = $("network");
  network.moveTo({ position: { x, y: y + coveredBelow() / 2 }, scale: Math.max(0.05, Math.min(1, box.clientWidth / (room * 2), box.clientHeight / (room * 2))), animation: false });
}

function foldUp(group) {
  unfolded.delete(group);
  state.group = NONE;
  changed(true);
  fit();
}

function groupBy(kind) {
  Object.assign(state, { grouping: kind, scope: "groups", group: NONE, node: NONE, edge: NONE, focus: NONE, path: null });
  unfolded = new Map();
  setUpGroups();
  changed(true);
  fit();
}

function groupCard(group) {
  const node = groupNodes[group], members = membersOf[group], open = unfolded.get(group) || 0;
  const classes = [...tally(members.map((id) => nodes[id].c))].sort((a, b) => b[1] - a[1]);
  const top = [...members].sort((a, b) => nodes[b].g - nodes[a].g || a - b).slice(0, 15);
  const row = (id) => el("div", { class: "check" }, glyph(nodes[id].c), link(id), el("small", {}, number(nodes[id].g)));
  return [
    el("div", { class: "kind" }, t("group_kind"), corner()), el("h2", { tabindex: "-1" }, node.name), el("p", { class: "soft" }, t("group_members", { n: number(members.length) })),
    el("div", { class: "actions" }, node.g > 0 ? button(t("group_open", { n: number(Math.min(UNFOLD, node.g)) }), () => unfold(group), { id: "unfold" }) : "", open ? button(t("group_close"), () => foldUp(group), { id: "fold" }) : ""),
    heading(t("classes")), ...classes.map(([name, n]) => el("div", { class: "check" }, glyph(name), el("span", {}, word(page.classes[name])), el("small", {}, number(n)))),
    heading(t("most_connected")), ...top.map(row),
  ];
}
