// Take the view along: PNG, SVG, the facts as CSV, a link.
function save(name, blob) {
  const anchor = el("a", { download: name, href: URL.createObjectURL(blob) });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 30000);
}

const fileName = (ending) => `${page.title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "graph"}.${ending}`;
const visibleClasses = () => page.classOrder.filter((name) => [...shown.ids].some((id) => thing(id).c === name));

// The view at twice its size with title and legend, on a canvas of its own.
function compose() {
  const box = $("network"), width = box.clientWidth, height = box.clientHeight, scale = network.getScale(), position = network.getViewPosition();
  sharpness = 2;
  network.setSize(`${width * 2}px`, `${height * 2}px`);
  network.moveTo({ position, scale: scale * 2, animation: false });
  network.redraw();
  const canvas = box.querySelector("canvas"), ratio = canvas.width / (width * 2), unit = 2 * ratio;
  const picture = document.createElement("canvas"), pen2d = picture.getContext("2d");
  const classes = visibleClasses(), columns = Math.max(1, Math.floor(width / 130)), rows = Math.ceil(classes.length / columns);
  picture.width = canvas.width;
  picture.height = canvas.height + (58 + rows * 20) * unit;
  pen2d.fillStyle = cssColor("--paper");
  pen2d.fillRect(0, 0, picture.width, picture.height);
  pen2d.drawImage(canvas, 0, 40 * unit);
  sharpness = 1;
  network.setSize("100%", "100%");
  network.moveTo({ position, scale, animation: false });
  network.redraw();
  pen2d.scale(unit, unit);
  pen2d.textBaseline = "middle";
  pen2d.fillStyle = cssColor("--ink");
  pen2d.font = `600 18px ${FONT}`;
  pen2d.fillText(page.title, 16, 24);
  pen2d.font = `400 12px ${FONT}`;
  classes.forEach((name, i) => {
    const x = 22 + (i % columns) * 130, y = height + 56 + Math.floor(i / columns) * 20, points = corners(page.classes[name].shape);
    pen2d.fillStyle = colorOf(name);
    pen2d.beginPath();
    if (points) points.forEach(([a, b]) => pen2d.lineTo(x + a * 5, y + b * 5)); else pen2d.arc(x, y, 5, 0, 2 * Math.PI);
    pen2d.fill();
    pen2d.fillStyle = cssColor("--ink");
    pen2d.fillText(word(page.classes[name]), x + 11, y);
  });
  return picture;
}

function exportPng() {
  const bytes = atob(compose().toDataURL("image/png").split(",")[1]);
  save(fileName("png"), new Blob([Uint8Array.from(bytes, (c) => c.charCodeAt(0))], { type: "image/png" }));
}

function exportSvg() {
  const drawn = network.body.nodes, scale = Math.max(network.getScale(), 0.55), at = (id) => [drawn[id].x * scale, drawn[id].y * scale];
  const ids = [...shown.ids], placed = labelled(ids, at, scale, new Set([state.node, state.focus]));
  const xs = ids.map((id) => at(id)[0]), ys = ids.map((id) => at(id)[1]);
  const left = Math.min(...xs, 0) - 90, top = Math.min(...ys, 0) - 80, width = Math.max(...xs, 0) + 90 - left;
  const classes = visibleClasses(), columns = Math.max(1, Math.floor(width / 130)), bottom = Math.max(...ys, 0) + 50;
  const height = bottom + 20 + Math.ceil(classes.length / columns) * 20 - top;
  const drawing = svg("svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: [left, top, width, height].map(Math.round).join(" "), "font-family": FONT.replaceAll('"', "'"), "font-size": 12 });
  const plain = (text) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "");
  const texted = (tag, attributes, text) => svg(tag, attributes, plain(text));
  drawing.append(texted("title", {}, page.title), svg("rect", { x: left, y: top, width, height, fill: cssColor("--paper") }));
  drawing.append(texted("text", { x: left + 20, y: top + 30, "font-size": 18, "font-weight": 600, fill: cssColor("--ink") }, page.title));
  for (const edge of shown.edges) {
    const [x1, y1] = at(edge.from), [x2, y2] = at(edge.to), dashes = lineOf(edge);
    drawing.append(svg("line", { x1: x1.toFixed(1), y1: y1.toFixed(1), x2: x2.toFixed(1), y2: y2.toFixed(1), stroke: cssColor("--edge"), "stroke-opacity": 0.7, ...(dashes ? { "stroke-dasharray": dashes.join(" ") } : {}) }, texted("title", {}, edgeWords(edge))));
  }
  for (const id of ids) {
    const [x, y] = at(id), shape = shapeElement(thing(id).shape, x, y, thing(id).size * scale * (thing(id).shape === "square" ? 0.9 : 1), { fill: colorOf(thing(id).c), stroke: cssColor("--paper") });
    shape.append(texted("title", {}, `${nameOf(thing(id))} · ${word(classOf(thing(id)))}`));
    drawing.append(shape);
  }
  for (const label of placed) {
    const anchor = { left: "start", right: "end", center: "middle" }[label.anchor];
    const [x, y] = [label.x.toFixed(1), label.y.toFixed(1)], turn = label.angle ? { transform: `rotate(${((label.angle * 180) / Math.PI).toFixed(1)} ${x} ${y})` } : {};
    drawing.append(texted("text", { x, y, dy: (label.size * 0.36).toFixed(1), ...turn, "font-size": label.size, "font-weight": label.bold ? 600 : 400, "text-anchor": anchor, fill: cssColor(label.edge ? "--soft" : "--ink"), stroke: cssColor("--paper"), "stroke-width": 3, "paint-order": "stroke", "stroke-linejoin": "round" }, label.text));
  }
  classes.forEach((name, i) => {
    const x = left + 24 + (i % columns) * 130, y = bottom + 10 + Math.floor(i / columns) * 20;
    drawing.append(shapeElement(page.classes[name].shape, x, y, 5, { fill: colorOf(name) }), texted("text", { x: x + 11, y: y + 4, fill: cssColor("--ink") }, word(page.classes[name])));
  });
  save(fileName("svg"), new Blob([new XMLSerializer().serializeToString(drawing)], { type: "image/svg+xml" }));
}

// One row for each fact and piece of evidence in view. A spreadsheet must not take a name for a formula.
function cell(value) {
  const text = String(value ?? "");
  const harmless = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function exportCsv() {
  const chosen = emphasised.length ? emphasised : shown.edges;
  const rows = [["fact", "subject", "subject_type", "relation", "object", "object_type", "origin", "modality", "confidence", "document", "date", "start", "end", "quote", "rule", "place"]];
  for (const edge of chosen) {
    const a = nodes[edge.from], b = nodes[edge.to], fact = [edge.u, a.label, a.c, edge.r, b.label, b.c, edge.o || "extracted"];
    const proofs = edge.v.map((i) => page.evidence[i]).filter(passes);
    if (!proofs.length) rows.push([...fact, "", "", "", "", "", "", "", "", ""]);
    for (const e of proofs) { const record = page.documents[e.d] || {}; rows.push([...fact, MODALITIES[e.m], e.c, record.path, record.date, e.s, e.e, e.q, e.r, e.l || ""]); }
  }
  save(fileName("csv"), new Blob([`\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" }));
}

function copyLink() {
  writeHash();
  $("export-menu").open = false;
  const say = (key) => { $("count").textContent = t(key); setTimeout(showCounts, 1800); };
  if (navigator.clipboard) navigator.clipboard.writeText(location.href).then(() => say("copied"), () => say("copy_refused")); else say("copy_refused");
}
