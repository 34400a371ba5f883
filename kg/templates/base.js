// The data, what is chosen at the moment, and small helpers. Text reaches the page as text nodes only.
const data = await unpack($("kg-data"));
const page = data.page, nodes = data.nodes, edges = data.edges;
const NONE = -1, OPENING = page.groupKinds.length ? "groups" : "core";

const state = {
  language: page.language, theme: "", view: "graph", scope: OPENING, grouping: page.groupKinds[0] || "", lonely: false,
  classes: new Set(), relations: new Set(), documents: new Set(), modalities: new Set(), // those switched off
  confidence: 0, from: "", to: "",
  focus: page.focus, hops: 1, start: NONE, path: null, // path: [node, node]
  node: NONE, edge: NONE, group: NONE,
};

const MODALITIES = page.modalityOrder; // the last two stand for facts without words in a text
const unstated = (edge) => (edge.b ? "inferred" : "background");

// The words come last in the file and in portions, so that a large graph is seen, and can be moved, before they are unpacked.
const isComplete = () => Boolean(page.evidence);
const parsed = document.readyState === "loading" ? new Promise((go) => { document.addEventListener("DOMContentLoaded", go, { once: true }); }) : Promise.resolve();
let complete = null;
function unpackWords() {
  complete = complete || parsed.then(async () => {
    const words = [];
    for (const block of document.querySelectorAll(".kg-words")) for (const record of await unpack(block)) words.push(record);
    page.evidence = words;
  });
  return complete;
}
const whenComplete = (action) => { if (isComplete()) action(); else unpackWords().then(action); };

const edgesOf = nodes.map(() => []);
for (const edge of edges) {
  edgesOf[edge.from].push(edge);
  if (edge.to !== edge.from) edgesOf[edge.to].push(edge);
}
const observationsOf = nodes.map(() => []);
for (const observation of page.observations) observationsOf[observation.n].push(observation);
const nodeByName = new Map(nodes.map((node) => [node.u, node]));
const edgeByName = new Map(edges.map((edge) => [edge.u, edge]));

const word = (record) => (record ? record[state.language] || record.zh || record.en || "" : "");
const t = (key, values = {}) => word(page.text[key]).replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));
const colon = () => (state.language === "zh" ? "：" : ": ");
const number = (value) => value.toLocaleString(state.language === "zh" ? "zh-CN" : "en");
const nameOf = (node) => (state.language === "en" && node.en) || node.label;
const classOf = (node) => page.classes[node.c];
const documentName = (record) => record.title || record.path;

function relationName(edge, incoming = false) {
  const style = page.relations[edge.r];
  return (incoming ? style[`in_${state.language}`] : style[state.language]) || edge.r;
}

function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

const button = (label, action, attributes = {}) => el("button", { type: "button", onclick: action, ...attributes }, label);

const icon = (strokes) => svg("svg", { width: 16, height: 16, viewBox: "0 0 16 16", fill: "none", stroke: "currentColor", "stroke-width": 1.5, "stroke-linecap": "round", "stroke-linejoin": "round", "aria-hidden": "true" }, svg("path", { d: strokes }));

const isDark = () => document.documentElement.dataset.theme === "dark";
const colorOf = (name) => page.classes[name][isDark() ? "dark" : "color"];
const colors = new Map(); // emptied when the theme changes
function cssColor(name) {
  if (!colors.has(name)) colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return colors.get(name);
}

// Corners of each shape on a circle of radius 1, as vis-network draws them.
function corners(shape) {
  const around = (count, first, radius = () => 1) => Array.from({ length: count }, (_, i) => {
    const angle = first + (2 * Math.PI * i) / count;
    return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
  });
  if (shape === "square") return [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  if (shape === "diamond") return around(4, 0);
  if (shape === "triangle") return around(3, -Math.PI / 2, () => 1.15);
  if (shape === "triangleDown") return around(3, Math.PI / 2, () => 1.15);
  if (shape === "hexagon") return around(6, 0);
  if (shape === "star") return around(10, -Math.PI / 2, (i) => (i % 2 ? 0.5 : 1.2));
  return null;
}

function shapeElement(shape, x, y, radius, attributes) {
  const points = corners(shape);
  if (!points) return svg("circle", { cx: x, cy: y, r: radius, ...attributes });
  return svg("polygon", { points: points.map(([a, b]) => `${(x + a * radius).toFixed(1)},${(y + b * radius).toFixed(1)}`).join(" "), ...attributes });
}

function glyph(className) {
  const { shape } = page.classes[className];
  const radius = shape === "square" ? 4.6 : shape === "dot" ? 5.4 : 6;
  return svg("svg", { class: "glyph", viewBox: "-7.5 -7.5 15 15", "aria-hidden": "true" }, shapeElement(shape, 0, 0, radius, { fill: colorOf(className) }));
}
