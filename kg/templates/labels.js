// Labels at a constant size on the screen, the best connected first, none over another.
const FONT = '"Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","PingFang SC","Microsoft YaHei","Hiragino Sans GB","WenQuanYi Micro Hei",system-ui,sans-serif';
const measured = new Map();
const pen = document.createElement("canvas").getContext("2d");

function widthOf(text, size, bold) {
  const key = (bold ? "b" : "n") + text;
  if (!measured.has(key)) { pen.font = `${bold ? 600 : 400} 100px ${FONT}`; measured.set(key, pen.measureText(text).width / 100); }
  return measured.get(key) * size;
}

const cut = (text, most) => { const letters = Array.from(text); return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text; };

function short(node) {
  const name = nameOf(node).replace(/\s+/g, " ");
  return cut(name, /[⺀-鿿]/.test(name) ? 12 : 24);
}

class Grid {
  constructor() { this.cells = new Map(); }
  *keys(box) { for (let x = Math.floor(box[0] / 80); x <= Math.floor(box[2] / 80); x += 1) for (let y = Math.floor(box[1] / 40); y <= Math.floor(box[3] / 40); y += 1) yield x * 100003 + y; }
  add(box) { for (const key of this.keys(box)) { const cell = this.cells.get(key); if (cell) cell.push(box); else this.cells.set(key, [box]); } }
  free(box) {
    for (const key of this.keys(box)) for (const b of this.cells.get(key) || []) if (b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1]) return false;
    return true;
  }
}

// Places labels for nodes at `at(id)` (in screen pixels); returns [{ text, x, y, size, bold, anchor, id }].
// A label that the frame would cut waits for a closer look. Marks are obstacles for labels, but small ones give way to the two dozen most important labels.
function placeLabels(ids, at, scale, urgent, size = 1, frame = null) {
  const grid = new Grid(), marks = new Grid();
  const order = ids.map(thing).sort((a, b) => (urgent.has(b.id) ? 1 : 0) - (urgent.has(a.id) ? 1 : 0) || b.g - a.g || a.id - b.id);
  for (const node of order) {
    const [x, y] = at(node.id), r = Math.max(2, node.size * scale * 0.75);
    (node.g >= 8 ? grid : marks).add([x - r, y - r, x + r, y + r]);
  }
  const placed = [];
  for (const [rank, node] of order.entries()) {
    const [x, y] = at(node.id), r = node.size * scale;
    const bold = node.g >= 12 || node.id === state.node || node.id === state.focus;
    const font = size * (node.id === state.focus ? 15 : node.g >= 25 ? 14 : node.g >= 8 ? 13 : 12);
    const text = short(node), w = widthOf(text, font, bold), h = font * 1.2, gap = 3 * size;
    const right = { x: x + r + gap, y, anchor: "left" }, left = { x: x - r - gap, y, anchor: "right" };
    const below = { x, y: y + r + gap + h / 2, anchor: "center" }, above = { x, y: y - r - gap - h / 2, anchor: "center" };
    const centre = state.focus !== NONE && !state.path && shown.places.get(state.focus);
    const side = centre && shown.places.has(node.id) ? shown.places.get(node.id)[0] - centre[0] : 0;
    const choices = node.id === state.focus ? [below, above] : centre ? (side >= 0 ? [right, below, above, left] : [left, below, above, right]) : [below, right, left, above];
    for (const choice of choices) {
      const from = choice.anchor === "center" ? choice.x - w / 2 : choice.anchor === "left" ? choice.x : choice.x - w;
      const box = [from - 1, choice.y - h / 2, from + w + 1, choice.y + h / 2];
      const inside = !frame || (box[0] > frame[0] && box[1] > frame[1] && box[2] < frame[2] && box[3] < frame[3]);
      if (!(inside && grid.free(box) && (rank < 24 || marks.free(box))) && !urgent.has(node.id)) continue;
      grid.add(box);
      placed.push({ text, x: choice.x, y: choice.y, size: font, bold, anchor: choice.anchor, id: node.id });
      break;
    }
  }
  return { placed, grid };
}

// Labels along the rays of a ring, each as long as there is room for; those that would touch another one wait for a closer look.
function placeRays(ids, at, scale, urgent, size = 1) {
  const placed = [], taken = [], [cx, cy] = at(state.focus);
  const steps = shown.places.rays, outer = Math.max(...ids.map((id) => steps.get(id))), most = $("network").clientWidth < 560 ? 8 : 12;
  const order = ids.map(thing).sort((a, b) => (urgent.has(b.id) ? 1 : 0) - (urgent.has(a.id) ? 1 : 0) || b.g - a.g || a.id - b.id);
  for (const node of order) {
    const [x, y] = at(node.id), radius = Math.hypot(x - cx, y - cy), r = Math.min(node.size, 12) * scale;
    const font = 12 * size, bold = node.id === state.node;
    if (node.id === state.focus) { placed.push({ text: short(node), x, y: y + node.size * scale + 14 * size, size: 15 * size, bold: true, anchor: "center", id: node.id }); continue; }
    const angle = Math.atan2(y - cy, x - cx), ring = steps.get(node.id);
    const near = taken.some(([other, at2]) => other === ring && Math.abs(Math.atan2(Math.sin(angle - at2), Math.cos(angle - at2))) * radius < font * 1.05);
    if (near && !urgent.has(node.id)) continue;
    taken.push([ring, angle]);
    let text = cut(short(node), /[⺀-鿿]/.test(node.label) ? most : 2 * most);
    if (ring !== outer) { const room = radius * 0.8 - r; while (text.length > 2 && widthOf(text, font, bold) > room) text = cut(text, Array.from(text).length - 1); }
    const turned = Math.cos(angle) < 0, reach = radius + r + 4 * size;
    placed.push({ text, x: cx + reach * Math.cos(angle), y: cy + reach * Math.sin(angle), size: font, bold, anchor: turned ? "right" : "left", angle: turned ? angle + Math.PI : angle, id: node.id });
  }
  return { placed, grid: new Grid() };
}

// In a dense ring the word of a relation stands once, in the middle of its sector.
function placeSectors(at, size = 1) {
  const [cx, cy] = at(state.focus), sectors = new Map();
  for (const edge of shown.edges) {
    if (edge.from !== state.focus && edge.to !== state.focus) continue;
    const incoming = edge.to === state.focus, key = relationName(edge, incoming), [x, y] = at(other(edge, state.focus));
    if (!sectors.has(key)) sectors.set(key, { x: 0, y: 0, n: 0, radius: Math.hypot(x - cx, y - cy) });
    const sector = sectors.get(key), length = Math.hypot(x - cx, y - cy) || 1;
    sector.x += (x - cx) / length; sector.y += (y - cy) / length; sector.n += 1;
  }
  const grid = new Grid(), placed = [];
  for (const [text, { x, y, n, radius }] of [...sectors].sort((a, b) => b[1].n - a[1].n)) {
    const angle = Math.atan2(y, x), words = `${text} ${n}`, font = 12 * size, w = widthOf(words, font, true);
    for (const share of [0.6, 0.75, 0.48]) {
      const px = cx + share * radius * Math.cos(angle), py = cy + share * radius * Math.sin(angle), box = [px - w / 2 - 3, py - font * 0.7, px + w / 2 + 3, py + font * 0.7];
      if (!grid.free(box)) continue;
      grid.add(box);
      placed.push({ text: words, x: px, y: py, size: font, bold: true, anchor: "center", edge: true });
      break;
    }
  }
  return placed;
}

// The words of relations, beside the middle of their edges, where there is room.
function placeEdgeLabels(list, at, grid, size = 1) {
  const placed = [];
  for (const edge of list) {
    const a = at(edge.from), b = at(edge.to), text = relationName(edge), font = 11 * size, w = widthOf(text, font, false);
    if (Math.hypot(a[0] - b[0], a[1] - b[1]) < w + 36 * size) continue;
    for (const share of [0.5, 0.62, 0.38]) {
      const x = a[0] + (b[0] - a[0]) * share, y = a[1] + (b[1] - a[1]) * share;
      const box = [x - w / 2 - 2, y - font * 0.65, x + w / 2 + 2, y + font * 0.65];
      if (!grid.free(box)) continue;
      grid.add(box);
      placed.push({ text, x, y, size: font, bold: false, anchor: "center", edge: true });
      break;
    }
  }
  return placed;
}
