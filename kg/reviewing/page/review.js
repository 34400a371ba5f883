"use strict";

// The page of `kg review`.

let about = null;
let tab = "facts";
let items = [];
let total = 0;
let at = -1;
let detail = null; // the fact or entity that is shown
let scope = -1; // which passage a decision is about; -1 for all of them
const PAGE = 50;

const word = (name) => about.words[language][name] ?? name;
const label = (kind, name) => about[kind][name]?.[language] ?? name;

// One thing after the other: a key that is pressed while the list is read anew is about the new list.
let queue = Promise.resolve();
let waitingFor = 0;
const guarded = (work) => (...given) => {
  document.documentElement.dataset.busy = String(++waitingFor);
  queue = queue
    .then(() => work(...given))
    .catch((error) => tell(error.message, true))
    .finally(() => (document.documentElement.dataset.busy = String(--waitingFor)));
  return queue;
};

// --- how things are called

const share = (number) => (Math.round(number * 100) / 100).toFixed(2);

function objectText(object) {
  if (object.name !== undefined) return object.name;
  if (object.measure === undefined) return object.value;
  const scales = { 10000: "万", 100000000: "亿", 1000000000000: "万亿" };
  const sign = object.comparison === "=" ? "" : object.comparison;
  const factor = object.factor === 1 ? "" : scales[object.factor] ?? `×${object.factor}`;
  return `${object.measure} ${sign}${object.value}${factor}${object.unit}${object.period ? ` (${object.period})` : ""}`;
}

function badge(how) {
  return how ? make("span", { className: `badge ${how}`, textContent: word(`how_${how}`) }) : null;
}

function line(fact) {
  return [fact.subject.name, make("i", { textContent: label("relations", fact.relation) }), objectText(fact.object)];
}

const rawObject = (object) => object.id ?? object;

// --- the list

function asked(offset) {
  const given = Object.fromEntries([...new FormData($("filters"))].filter(([, value]) => value));
  if (tab === "entities") delete given.relation;
  return { ...given, offset, limit: PAGE };
}

const keyOf = (item) => item.fact ?? item.id ?? JSON.stringify(item);

async function load({ keep = false } = {}) {
  const chosen = keep && items[at] ? keyOf(items[at]) : "";
  if (tab === "decisions") {
    items = await get("decisions");
    total = items.length;
  } else {
    const found = await get(tab, { ...asked(0), limit: keep ? Math.min(200, Math.max(PAGE, items.length)) : PAGE });
    items = found.items;
    total = found.total;
  }
  const again = chosen ? items.findIndex((item) => keyOf(item) === chosen) : -1;
  at = again >= 0 ? again : Math.min(keep ? Math.max(at, 0) : 0, items.length - 1);
  drawItems();
  await choose(at);
}

async function loadMore() {
  const found = await get(tab, asked(items.length));
  items.push(...found.items);
  total = found.total;
  drawItems();
}

function drawItems() {
  $("count").textContent = total ? `${items.length} ${word("of")} ${total}` : word(tab === "decisions" ? "no_decisions" : "none");
  $("more").hidden = items.length >= total;
  $("items").replaceChildren(
    ...items.map((item, number) => {
      const button = make("button", { type: "button", onclick: guarded(() => choose(number)) });
      if (number === at) button.setAttribute("aria-current", "true");
      if (tab === "facts") {
        button.append(
          make("span", { className: "line" }, make("span", {}, ...line(item)), badge(item.how) ?? make("small", { textContent: share(item.confidence) })),
          make("span", { className: "quote-line", textContent: item.evidence[0]?.text ?? item.source }),
        );
      } else if (tab === "entities") {
        button.append(
          make("span", { className: "line" }, make("span", { textContent: item.name }), make("small", { textContent: `${label("classes", item.type)} · ${share(item.confidence)}` })),
          make("span", { className: "quote-line", textContent: item.names.join("、") }),
        );
      } else {
        button.append(
          make("span", { className: "line" }, make("span", { textContent: decisionText(item) }), badge(item.action)),
          make("span", { className: "quote-line", textContent: `${item.by}: ${item.reason}` }),
        );
      }
      return make("li", {}, button);
    }),
  );
}

const bare = (id) => id.replace(/^id:/, "").replace(/^[A-Za-z]+_/, "");

function decisionText(decision) {
  if (decision.entity) return `${bare(decision.entity)} → ${bare(decision.into ?? decision.other ?? "") || decision.name}`;
  const object = typeof decision.object === "string" ? { name: bare(decision.object) } : decision.object;
  return `${bare(decision.subject)} ${label("relations", decision.relation)} ${objectText(object)}`;
}

async function choose(number) {
  at = number;
  closeForm();
  [...$("items").querySelectorAll("button")].forEach((button, n) => {
    if (n === at) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  });
  $("items").children[at]?.scrollIntoView({ block: "nearest" });
  const item = items[at];
  if (!item) {
    detail = null;
    $("detail").replaceChildren(make("p", { className: "soft", textContent: word("choose") }));
  } else if (tab === "facts") drawFact(item);
  else if (tab === "entities") await showEntity(item.id);
  else drawDecision(item);
}

// --- a fact

function drawFact(fact) {
  detail = { fact };
  scope = fact.evidence.length === 1 ? 0 : -1;
  $("detail").replaceChildren(...factParts(fact));
  fact.evidence.forEach((piece, number) => fillContext(piece, number).catch((error) => tell(error.message, true)));
}

function entityLink(end) {
  return make("button", { type: "button", className: "inner", onclick: guarded(() => visitEntity(end.id)), textContent: end.name });
}
async function visitEntity(id) {
  await switchTab("entities", false);
  at = items.findIndex((item) => item.id === id);
  drawItems();
  await showEntity(id);
}

function button(action, run, className = "") {
  const key = { accept: "a", reject: "r", correct: "c", add: "n", merge: "m", split: "s" }[action];
  const element = make("button", { type: "button", className: className || action, textContent: `${word(action)} ${key ? `(${key})` : ""}`.trim() });
  element.dataset.action = action;
  element.addEventListener("click", guarded(run));
  return element;
}

function factParts(fact) {
  const head = make("h2", {}, fact.subject.id ? entityLink(fact.subject) : "", " ", make("i", { className: "soft", textContent: label("relations", fact.relation) }), " ", fact.object.id ? entityLink(fact.object) : objectText(fact.object));
  head.querySelectorAll("button").forEach((link) => Object.assign(link.style, { font: "inherit", background: "none", border: 0, padding: 0, textDecoration: "underline" }));
  const facts = [label("classes", fact.subject.type), fact.object.type ? label("classes", fact.object.type) : "", word(fact.origin), `${word("confidence")} ${share(fact.confidence)}`];
  const parts = [head, make("p", { className: "soft" }, facts.filter(Boolean).join(" · "), " ", badge(fact.how) ?? "")];
  parts.push(make("div", { className: "actions" }, button("accept", accept), button("reject", startReject), button("correct", startCorrect), button("add", startAdd)));
  if (fact.evidence.length > 1) {
    const any = make("input", { type: "radio", name: "scope", checked: true, onchange: () => (scope = -1) });
    parts.push(make("p", {}, `${word("passage")}${colon()}`, make("label", {}, any, ` ${word("any_passage")}`)));
  }
  fact.evidence.forEach((piece, number) => {
    const words = make("p", { id: `passage-${number}` }, make("mark", { textContent: piece.text }));
    const modality = label("modalities", piece.modality);
    const place = [piece.doc, piece.place, piece.date].filter(Boolean).join(" · ");
    const foot = make("footer", {}, place, make("span", { textContent: `${modality} · ${share(piece.confidence)} · ${piece.rule}` }));
    if (fact.evidence.length > 1) {
      const one = make("input", { type: "radio", name: "scope", onchange: () => (scope = number) });
      foot.append(make("label", {}, one, ` ${word("this_passage")}`));
    }
    parts.push(make("blockquote", {}, words, foot));
  });
  if (!fact.evidence.length) parts.push(make("blockquote", {}, make("p", { textContent: fact.source })));
  if (!about.can_rebuild && fact.evidence.length) parts.push(make("p", { className: "soft", textContent: word("no_context") }));
  parts.push(...decidedParts(fact.decided));
  return parts;
}

function decidedParts(decided) {
  if (!decided.length) return [];
  const list = make("ul", { className: "plain" });
  for (const decision of decided) {
    const back = make("button", { type: "button", textContent: word("withdraw"), onclick: guarded(() => withdraw(decision)) });
    list.append(make("li", {}, badge(decision.action), make("span", { textContent: `${decision.by}: ${decision.reason}` }), back));
  }
  return [make("h3", { textContent: word("decisions") }), list];
}

async function fillContext(piece, number) {
  if (!about.can_rebuild) return;
  const shown = $(`passage-${number}`);
  const around = await get("context", { doc: piece.doc, text: piece.text, start: piece.start });
  if (around.quote && shown === $(`passage-${number}`)) {
    shown.replaceChildren(make("span", { className: "soft", textContent: around.before }), make("mark", { textContent: around.quote }), make("span", { className: "soft", textContent: around.after }));
  }
}

// --- an entity

async function showEntity(id) {
  const entity = await get("entity", { id });
  detail = { entity };
  const parts = [
    make("h2", { textContent: entity.name }),
    make("p", { className: "soft", textContent: `${label("classes", entity.type)} · ${word(entity.origin)} · ${entity.id}` }),
    make("div", { className: "actions" }, button("merge", startMerge), button("split", startSplit), button("add", startAdd)),
    make("p", {}, make("span", { className: "soft", textContent: `${word("names")}${colon()}` }), ...nameParts(entity)),
    make("p", {}, make("span", { className: "soft", textContent: `${word("documents")}${colon()}` }), entity.docs.join("、")),
  ];
  parts.push(...decidedParts(entity.decided));
  if (entity.similar.length) {
    const list = make("ul", { className: "plain", id: "similar" });
    for (const other of entity.similar) {
      const name = make("span", { textContent: other.names.length > 1 ? `${other.name} (${other.names.filter((n) => n !== other.name).join("、")})` : other.name });
      list.append(make("li", {}, name, button("merge", () => startMerge(other), "same"), button("apart", () => startApart(other))));
    }
    list.querySelectorAll("button.same").forEach((same) => (same.textContent = `${word("merge")}`));
    parts.push(make("h3", { textContent: word("similar") }), list);
  }
  parts.push(make("h3", { textContent: word("facts_about") + (language === "zh" ? `（${entity.count}）` : ` (${entity.count})`) }));
  for (const fact of entity.facts) {
    const link = make("button", { type: "button", className: "open", onclick: () => openFact(fact) }, ...line(fact), ` · ${share(fact.confidence)}`);
    parts.push(make("blockquote", {}, make("p", { textContent: fact.evidence[0]?.text ?? fact.source }), make("footer", {}, link, fact.evidence[0]?.doc ?? "", badge(fact.how))));
  }
  $("detail").replaceChildren(...parts);
}

// Names that documents joined: each but the one that it is called by can be told apart from it.
function nameParts(entity) {
  return entity.names.flatMap((name) => {
    if (name === entity.name || entity.names.length === 1) return [`${name} `];
    const other = { name, id: { type: entity.type, name } };
    const apart = make("button", { type: "button", className: "name", title: word("apart"), textContent: `${name} ✂`, onclick: guarded(() => startApart(other)) });
    return [apart, " "];
  });
}

function openFact(fact) {
  closeForm();
  drawFact(fact);
}

function drawDecision(decision) {
  detail = { decision };
  $("detail").replaceChildren(
    make("h2", { textContent: decisionText(decision) }),
    make("p", {}, badge(decision.action), ` ${decision.by}: ${decision.reason}`),
    make("blockquote", {}, make("p", { textContent: JSON.stringify(decision, null, 1).slice(2, -2) })),
    make("div", { className: "actions" }, make("button", { type: "button", id: "withdraw", textContent: word("withdraw"), onclick: guarded(() => withdraw(decision)) })),
  );
}

// --- deciding

function signed(action, reason) {
  const by = $("by").value.trim();
  $("by").classList.toggle("missing", !by);
  if (!by) {
    $("by").focus();
    throw new Error(word("name_first"));
  }
  return { action, by, reason: reason.trim() };
}

function factRecord(action, reason) {
  const { fact } = detail;
  const record = { ...signed(action, reason), subject: fact.subject.id, relation: fact.relation, object: rawObject(fact.object) };
  const piece = fact.evidence[scope];
  return piece ? { ...record, doc: piece.doc, quote: piece.text } : record;
}

async function decide(record) {
  const written = await post("decide", record);
  closeForm();
  tell(`${word("written")} ${written.action} · ${decisionText(written)}`);
  await refresh();
}

async function withdraw(decision) {
  await post("withdraw", decision);
  tell(word("undone"));
  await refresh();
}

async function undo() {
  await post("undo");
  tell(word("undone"));
  await refresh();
}

async function refresh() {
  await hear();
  await load({ keep: true });
}

async function accept() {
  if (detail?.fact) await decide(factRecord("accept", word("reasons").accept[0]));
}

// --- forms

let submitting = null;

function closeForm() {
  $("form").hidden = true;
  $("form").replaceChildren();
  submitting = null;
}

function openForm(action, title, parts, submit) {
  const reason = make("input", { name: "reason", required: true, maxLength: 300, value: word("reasons")[action][0] });
  const picks = make("div", { className: "reasons" });
  for (const text of word("reasons")[action]) {
    picks.append(make("button", { type: "button", textContent: text, onclick: () => { reason.value = text; reason.focus(); } }));
  }
  $("form").replaceChildren(
    make("strong", { textContent: title }),
    ...parts,
    make("label", {}, word("reason"), reason),
    picks,
    make("div", { className: "actions" }, make("button", { id: "save", textContent: word("save") }), make("button", { type: "button", id: "cancel", textContent: word("cancel"), onclick: closeForm })),
  );
  submitting = () => submit(reason.value);
  $("form").hidden = false;
  $("form").scrollIntoView({ block: "nearest" });
  (parts.length ? $("form").querySelector("input, select, textarea") : reason).focus();
}

function select(name, options, value = "") {
  const element = make("select", { name });
  for (const [key, text] of options) element.append(make("option", { value: key, textContent: text, selected: key === value }));
  return element;
}

// A field for an entity: what is typed is looked up; what nobody knows is a new thing of the class beside it.
function entityField(title, name, chosen, kinds) {
  const list = make("datalist", { id: `${name}-names` });
  const input = make("input", { name, value: chosen?.name ?? "", autocomplete: "off", required: true });
  input.setAttribute("list", list.id);
  const kind = select(`${name}-kind`, kinds.map((k) => [k, label("classes", k)]), chosen?.type ?? kinds[0]);
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const names = input.value.trim() ? await get("names", { text: input.value }).catch(() => []) : [];
      list.replaceChildren(...names.filter((n) => kinds.includes(n.type)).map((n) => make("option", { value: n.name, textContent: label("classes", n.type) })));
      const exact = names.filter((n) => n.name === input.value.trim() && kinds.includes(n.type));
      if (exact.length && !exact.some((n) => n.type === kind.value)) kind.value = exact[0].type;
    }, 150);
  });
  const field = make("label", {}, title, make("span", { className: "end" }, input, kind), list);
  field.read = async () => {
    const typed = input.value.trim();
    if (!typed) return "";
    if (chosen && typed === chosen.name && kind.value === chosen.type) return chosen.id;
    const names = await get("names", { text: typed, type: kind.value });
    return names.find((n) => n.name === typed)?.id ?? { type: kind.value, name: typed };
  };
  return field;
}

function observationField(object) {
  const row = make("div", { className: "row" });
  const inputs = {};
  for (const name of ["measure", "comparison", "value", "factor", "unit", "period"]) {
    const value = object[name] ?? { measure: "", comparison: "=", value: "", factor: 1, unit: "", period: "" }[name];
    inputs[name] = name === "comparison" ? select(name, about.comparisons.map((c) => [c, c]), value)
      : name === "factor" ? select(name, [["1", "1"], ["10000", "万"], ["100000000", "亿"], ["1000000000000", "万亿"]], String(value))
      : make("input", { name, value, required: name !== "period" && name !== "unit" });
    if (name === "value") Object.assign(inputs[name], { type: "number", step: "any" });
    row.append(make("label", {}, word(name), inputs[name]));
  }
  row.read = async () => ({
    measure: inputs.measure.value.trim(), value: Number(inputs.value.value), factor: Number(inputs.factor.value),
    unit: inputs.unit.value.trim(), comparison: inputs.comparison.value, period: inputs.period.value.trim() || null,
  });
  return row;
}

// Subject, relation and object; the fields follow the relation.
function factFields(fact) {
  const box = make("div", { className: "fields" });
  Object.assign(box.style, { display: "grid", gap: "10px" });
  const relation = select("relation", Object.keys(about.relations).map((name) => [name, label("relations", name)]), fact.relation ?? "develops");
  let subject, object;
  const draw = () => {
    const { subjects, objects } = about.relations[relation.value];
    const known = (kinds) => kinds.filter((kind) => about.classes[kind]);
    subject = entityField(word("subject"), "subject", fact.subject, known(subjects));
    const kinds = known(objects);
    if (relation.value === "observed") object = observationField(fact.object?.measure !== undefined ? fact.object : {});
    else if (relation.value === "issuedOn") {
      const input = make("input", { name: "date", pattern: "\\d{4}(-\\d{2}(-\\d{2})?)?", placeholder: "2024-07", required: true, value: fact.object?.id === undefined && fact.object?.measure === undefined ? fact.object?.value ?? "" : "" });
      object = make("label", {}, word("date"), input);
      object.read = async () => ({ value: input.value.trim() });
    } else object = entityField(word("object"), "object", fact.object?.id ? fact.object : null, kinds);
    box.replaceChildren(subject, make("label", {}, word("relation"), relation), object);
  };
  relation.addEventListener("change", draw);
  draw();
  box.read = async () => ({ subject: await subject.read(), relation: relation.value, object: await object.read() });
  return box;
}

function startReject() {
  if (!detail?.fact) return;
  openForm("reject", word("reject"), [], (reason) => decide(factRecord("reject", reason)));
}

function startCorrect() {
  if (!detail?.fact) return;
  const { fact } = detail;
  const fields = factFields(fact);
  const said = (fact.evidence[scope] ?? fact.evidence[0])?.modality ?? "asserted";
  const modality = select("modality", Object.keys(about.modalities).map((name) => [name, label("modalities", name)]), said);
  openForm("correct", word("correct"), [fields, make("label", {}, word("modality"), modality)], async (reason) => {
    const record = factRecord("correct", reason);
    const now = await fields.read();
    const to = {};
    for (const name of ["subject", "relation", "object"]) {
      if (JSON.stringify(now[name]) !== JSON.stringify(record[name])) to[name] = now[name];
    }
    if (modality.value !== said) to.modality = modality.value;
    await decide({ ...record, to });
  });
}

function startAdd() {
  const fact = detail?.fact;
  const begun = fact ? { subject: fact.subject, relation: fact.relation } : { subject: detail?.entity };
  if (detail?.entity) begun.relation = Object.keys(about.relations).find((name) => about.relations[name].subjects.includes(detail.entity.type));
  const fields = factFields(begun);
  const doc = select("doc", [["", "—"], ...about.documents.map((name) => [name, name])], fact?.evidence[0]?.doc ?? "");
  const quote = make("textarea", { name: "quote", rows: 2, value: String(getSelection()).trim() });
  const parts = [fields, make("label", {}, word("document"), doc), make("label", {}, word("quote"), quote)];
  openForm("add", word("add"), parts, async (reason) =>
    decide({ ...signed("add", reason), ...(await fields.read()), doc: doc.value, quote: quote.value.trim() }));
}

function startMerge(other) {
  if (!detail?.entity) return;
  const { entity } = detail;
  const target = entityField(word("into"), "into", other?.id ? { ...other } : null, [entity.type]);
  openForm("merge", `${word("merge")}${colon()}${entity.name}`, [target], async (reason) => {
    const record = signed("merge", reason);
    await decide({ ...record, entity: entity.id, into: await target.read() });
  });
}

function startApart(other) {
  const { entity } = detail;
  openForm("apart", `${word("apart")}${colon()}${entity.name} · ${other.name}`, [], (reason) =>
    decide({ ...signed("apart", reason), entity: entity.id, other: other.id }));
}

function startSplit() {
  if (!detail?.entity) return;
  const { entity } = detail;
  const boxes = entity.docs.map((doc) => make("label", { className: "choice" }, make("input", { type: "checkbox", name: "docs", value: doc }), doc));
  const name = make("input", { name: "name", required: true });
  const parts = [make("fieldset", {}, make("legend", { textContent: word("split_docs") }), ...boxes), make("label", {}, word("split_name"), name)];
  openForm("split", `${word("split")}${colon()}${entity.name}`, parts, (reason) => {
    const docs = [...$("form").querySelectorAll("[name=docs]:checked")].map((box) => box.value);
    return decide({ ...signed("split", reason), entity: entity.id, docs, name: name.value.trim() });
  });
}

// --- the rest of the page

async function hear() {
  const before = about?.build;
  about = await get("about");
  $("waiting").hidden = !about.waiting;
  $("waiting").querySelector("span").textContent = about.can_rebuild
    ? word("waiting") : `${word("waiting")} ${word("rebuild_by_hand").replace("{file}", about.decisions)}`;
  $("rebuild").hidden = !about.can_rebuild;
  $("undo").disabled = !about.undoable;
  $("tab-decisions").textContent = `${word("decisions")} ${about.decided || ""}`.trim();
  return before !== undefined && JSON.stringify(before) !== JSON.stringify(about.build);
}

async function rebuild() {
  $("rebuild").disabled = true;
  tell(word("rebuilding"));
  try {
    await post("rebuild");
    await hear();
    drawWords();
    await load();
    tell(word("rebuilt"));
  } finally {
    $("rebuild").disabled = false;
  }
}

function fill(name, options) {
  const element = $("filters").elements[name];
  const value = element.options.length ? element.value : name === "state" ? "open" : "";
  element.replaceChildren(...options.map(([key, text]) => make("option", { value: key, textContent: text })));
  element.value = options.some(([key]) => key === value) ? value : "";
}

function drawWords() {
  document.documentElement.lang = language;
  document.title = `Jiqun · ${word("title")}`;
  $("language").textContent = language === "zh" ? "EN" : "中文";
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-word-placeholder]")) {
    element.placeholder = word(element.dataset.wordPlaceholder);
    element.setAttribute("aria-label", element.placeholder);
  }
  const any = ["", word("any")];
  fill("state", [any, ["open", word("state_open")], ["decided", word("state_decided")]]);
  fill("doc", [any, ...about.documents.map((doc) => [doc, doc])]);
  fill("kind", [any, ...Object.keys(about.classes).map((name) => [name, label("classes", name)])]);
  fill("relation", [any, ...Object.keys(about.relations).map((name) => [name, label("relations", name)])]);
  fill("origin", [any, ...["extracted", "background", "curated", "inferred"].map((name) => [name, word(name)])]);
  $("tab-decisions").textContent = `${word("decisions")} ${about.decided || ""}`.trim();
}

async function switchTab(name, andLoad = true) {
  tab = name;
  for (const element of $("tabs").children) element.setAttribute("aria-selected", String(element.dataset.tab === name));
  $("filters").hidden = name === "decisions";
  for (const element of document.querySelectorAll(".of-facts")) element.hidden = name !== "facts";
  tell("");
  if (andLoad) await load();
  else {
    const found = await get(tab, asked(0));
    ({ items, total } = found);
  }
}

const keys = {
  ArrowDown: () => at < items.length - 1 && choose(at + 1),
  ArrowUp: () => at > 0 && choose(at - 1),
  a: accept, r: startReject, c: startCorrect, n: startAdd, m: () => startMerge(), s: startSplit, u: undo,
  "/": () => $("text").focus(),
  1: () => switchTab("facts"), 2: () => switchTab("entities"), 3: () => switchTab("decisions"),
};
keys.j = keys.ArrowDown;
keys.k = keys.ArrowUp;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    closeForm();
    document.activeElement.blur();
  } else if (!event.target.closest("input, select, textarea") && keys[event.key]) {
    event.preventDefault();
    guarded(keys[event.key])();
  }
});
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (submitting) guarded(submitting)();
});
let typing = 0;
$("filters").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(guarded(() => load()), 200);
});
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("more").addEventListener("click", guarded(loadMore));
$("undo").addEventListener("click", guarded(undo));
$("rebuild").addEventListener("click", guarded(rebuild));
$("tabs").addEventListener("click", (event) => {
  if (event.target.dataset.tab) guarded(switchTab)(event.target.dataset.tab);
});
$("language").addEventListener("click", guarded(async () => {
  language = language === "zh" ? "en" : "zh";
  drawWords();
  await refresh();
}));
$("by").addEventListener("input", () => {
  $("by").classList.remove("missing");
  localStorage.setItem("by", $("by").value);
});

guarded(async () => {
  await hear();
  $("by").value = localStorage.getItem("by") ?? about.user;
  drawWords();
  await switchTab("facts");
  document.documentElement.dataset.ready = "1";
})();
setInterval(() => {
  // A build made elsewhere shows by itself, unless somebody is writing.
  if (document.hidden || !$("form").hidden) return;
  guarded(async () => {
    if (!(await hear().catch(() => false)) || !$("form").hidden) return;
    drawWords();
    await load({ keep: true });
    tell(word("changed_build"));
  })();
}, 3000);
