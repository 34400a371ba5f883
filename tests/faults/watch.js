// Uses pages as a person would, and says what became of payloads on the way. Run by test_xss.py through the driver.

const rest = (time = 0) => new Promise((go) => setTimeout(go, time));
const all = (selector) => [...document.querySelectorAll(selector)];
const foul = /__hit/;
const seen = (window.__seenPayloads ??= new Set());
const texts = (window.__seenTexts ??= new Set());

// All texts that the page shows now, or holds in a field, a hint or an address; scripts and styles are no texts.
function look() {
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (foul.test(node.data) && !/^(SCRIPT|STYLE)$/.test(node.parentNode.nodeName)) texts.add(node.data);
  }
  for (const field of all("input, textarea, option, [title], [aria-label]")) {
    for (const text of [field.value, field.title, field.getAttribute("aria-label")]) if (foul.test(text ?? "")) texts.add(text);
  }
  if (foul.test(document.title)) texts.add(document.title);
}

// A hand over everything: what waits for one runs now.
async function poke(root = document) {
  look();
  for (const element of [...root.querySelectorAll("*")].slice(0, 20000)) {
    for (const kind of ["mouseover", "pointerover", "mouseenter", "focus"]) {
      element.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
    }
  }
  await rest();
}

// Elements, handlers and addresses that a payload became, also those that have not run.
function markup(root = document) {
  const found = [];
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot) found.push(...markup(element.shadowRoot));
    if (/^script$/i.test(element.nodeName) && !(element.type ?? "").includes("json") && foul.test(element.textContent.slice(0, 300))) {
      found.push(element.outerHTML.slice(0, 200));
    }
    if (/^style$/i.test(element.nodeName) && foul.test(element.textContent)) found.push(element.outerHTML.slice(0, 200));
    for (const { name, value } of element.attributes) {
      if (!foul.test(value)) continue;
      const runs = /^on/i.test(name) || /^(srcdoc|style|http-equiv|background|to|values)$/i.test(name);
      const leads = /^(href|xlink:href|src|data|action|formaction|srcset|ping|poster|content)$/i.test(name);
      if (runs || (leads && /^[\s\x00-\x20]*(javascript|vbscript|data):/i.test(value.replace(/[\t\n\r]/g, "")))) {
        found.push(`${element.nodeName} ${name}=${value.slice(0, 150)}`);
      }
    }
  }
  return found;
}

function verdict(payloads) {
  look();
  const together = [...texts].join("\n");
  const plain = (text) => text.replace(/[\s\x00-\x1f\x7f\ufeff\ufffd]+/g, "");
  const bare = plain(together);
  return {
    hits: window.__hit || 0,
    markup: markup(),
    seen: payloads.filter((payload) => together.includes(payload) || bare.includes(plain(payload))),
  };
}

// --- the pages

async function pictureOf(most) {
  document.getElementById("view").click();
  const names = all("#list tbody button").length;
  for (let i = 0; i < Math.min(names, most); i += 1) {
    all("#list tbody button")[i].click();
    for (const opener of all("#card summary, #card .indicators [aria-expanded]")) opener.click();
    await poke(document.getElementById("card"));
  }
  const q = document.getElementById("q");
  for (const typed of ["<", "script", "hit", "img", "javascript"]) {
    q.value = typed;
    q.dispatchEvent(new Event("input"));
    await rest(20);
    look();
  }
  document.getElementById("language").click();
  document.getElementById("view").click();
  await rest(200);
}

async function reported() {
  for (const details of all("details")) details.open = true;
  for (const link of all("[data-rows]")) {
    link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    look();
  }
  document.getElementById("language").click();
  await rest(50);
}

const calm = async () => {
  do await rest(5);
  while (document.documentElement.dataset.busy > 0);
};

async function reviewed(most) {
  for (const tab of ["facts", "entities", "decisions"]) {
    document.getElementById(`tab-${tab}`).click();
    await calm();
    for (let more = document.getElementById("more"), i = 0; i < 12 && !more.hidden && all("#items li").length < 250; i += 1) {
      more.click();
      await calm();
    }
    look();
    const step = Math.max(1, Math.floor(all("#items button").length / most));
    for (let i = 0; i < all("#items button").length; i += step) {
      all("#items button")[i].click();
      await calm();
      look();
    }
    for (const action of ["reject", "correct", "add", "merge", "split"]) {
      const button = document.querySelector(`#detail [data-action=${action}]`);
      if (!button) continue;
      button.click();
      await calm();
      await poke();
    }
  }
  document.getElementById("language").click();
  await calm();
}

const ASKED = [
  "SELECT ?name ?x { ?x skos:prefLabel ?name }",
  "SELECT ?quote ?rule ?place { ?e kg:quote ?quote ; kg:rule ?rule OPTIONAL { ?e kg:place ?place } }",
  "SELECT ?path ?title ?outlet { ?d kg:path ?path OPTIONAL { ?d kg:title ?title } OPTIONAL { ?d kg:outlet ?outlet } }",
  "SELECT ?measure ?unit ?period { ?o kg:measure ?measure ; kg:unit ?unit OPTIONAL { ?o kg:period ?period } }",
  "CONSTRUCT { ?x skos:prefLabel ?name } WHERE { ?x skos:prefLabel ?name }",
];

// The editor shows fifty rows at once.
async function served(pages) {
  for (const sparql of ASKED) {
    for (let k = 0; k < pages; k += 1) {
      run("xss", `${sparql} ORDER BY 1 LIMIT 50 OFFSET ${50 * k}`.replace("ORDER BY 1 ", ""));
      for (let i = 0; i < 200 && !document.querySelector(".yasr .dataTable tbody tr, .yasr .CodeMirror"); i += 1) await rest(20);
      await rest(150);
      for (const cut of all(".yasr .tableEllipse")) cut.click();
      await poke(document.getElementById("yasgui"));
    }
  }
  for (const button of all(".yasr_btn.select_response, .yasr .select_response")) button.click();
  await rest(100);
  for (const words of ["<img src=x onerror=window.__hit=1>", "</p><svg onload=window.__hit=1>平台"]) {
    document.getElementById("text").value = words;
    document.getElementById("words").requestSubmit();
    await rest(200);
  }
  for (const question of all("#questions button").slice(0, 6 * pages)) {
    question.click();
    await rest(60);
    look();
  }
}

// --- the positive control: each payload in frames of its own, one a place where it is put in as it is

async function careless(payloads, forms) {
  const harms = payloads.map(() => "");
  for (const form of forms) {
    const open = payloads.map((payload, number) => [payload, number]).filter(([, number]) => !harms[number]);
    for (let at = 0; at < open.length; at += 30) {
      await Promise.all(open.slice(at, at + 30).map(async ([payload, number]) => {
        const frame = document.createElement("iframe");
        const loaded = new Promise((go) => (frame.onload = go));
        frame.srcdoc = `<!doctype html><meta charset=utf-8><style>@keyframes a{}</style><body>${form.replace("{}", () => payload)}`;
        document.body.append(frame);
        await Promise.race([loaded, rest(2000)]);
        await rest(60);
        try {
          const inner = frame.contentWindow;
          for (const element of inner.document.querySelectorAll("*")) {
            for (const kind of ["mouseover", "pointerover", "focus", "click"]) {
              element.dispatchEvent(new inner.MouseEvent(kind, { bubbles: true, cancelable: true }));
            }
          }
          harms[number] = inner.__hit ? "ran" : markup(inner.document).length ? "became markup" : "";
        } catch {
          harms[number] = "ran"; // it led to a page of another origin
        }
        frame.remove();
      }));
    }
  }
  return harms;
}
