"use strict";

// The page of `kg serve`: the questions as a menu, a line for questions in words, and YASGUI for SPARQL.

let known = { questions: [], prefixes: {}, pictures: [], classes: [], relations: [] };
let chosen = null;

const words = {
  ask: { zh: "运行", en: "Run" },
  picture: { zh: "图谱", en: "Picture" },
  understood: { zh: "理解为：", en: "understood: " },
  unused: { zh: "；没有用到：", en: "; not used: " },
  everything: { zh: "留空则不限", en: "empty: everything" },
};

// --- the editor

Yasgui.Yasqe.forkAutocompleter("prefixes", {
  name: "prefixes-local",
  persistenceId: null,
  get: () => Promise.resolve(Object.entries(known.prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`)),
});
for (const [name, list] of [["class", "classes"], ["property", "relations"]]) {
  Yasgui.Yasqe.forkAutocompleter(name, {
    name: `${name}-local`,
    persistenceId: null,
    get: () => Promise.resolve(known[list].map((item) => known.prefixes.kg + item.slice(3))),
  });
}
// Values without the type and language that they carry; one click shows them.
const yasr = { settings: { pluginsConfig: { table: { compact: true, isEllipsed: true } } }, response: undefined };
const endpoint = new URL("sparql", location.href).href;
const yasgui = new Yasgui($("yasgui"), {
  requestConfig: { endpoint, method: "POST" },
  endpointCatalogueOptions: { getData: () => [{ endpoint }], keys: [] },
  copyEndpointOnNewTab: true,
  populateFromUrl: true,
  persistenceId: null,
  yasqe: {
    autocompleters: ["prefixes-local", "class-local", "property-local", "variables"],
    editorHeight: "260px",
    value: `PREFIX kg: <https://w3id.org/jiqun/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?firm ?platform WHERE {
  ?f a kg:Firm ; skos:prefLabel ?firm ; kg:develops/skos:prefLabel ?platform .
} LIMIT 100`,
  },
});

function run(name, sparql) {
  const existing = Object.values(yasgui._tabs).find((tab) => tab.getName() === name);
  const tab = existing || yasgui.addTab(true, { name, yasr });
  yasgui.selectTabId(tab.getId());
  tab.setEndpoint(endpoint);
  tab.setQuery(sparql);
  tab.query().catch(() => {});
}

// --- the questions

async function ask(parameters) {
  tell("");
  try {
    const found = await get("statement", parameters);
    const values = Object.entries(found.parameters).map(([name, value]) => `${name} = ${value}`).join(", ");
    const question = known.questions.find((item) => item.name === found.name);
    const note = found.note.replace(/^understood: /, words.understood[language]).replace("; not used: ", words.unused[language]);
    tell([note || values || question[language], note ? question[language] : ""].filter(Boolean).join("\n"));
    run(found.name, found.sparql);
    return found;
  } catch (error) {
    tell(error.message, true);
    return null;
  }
}

function choose(question) {
  chosen = question;
  const form = $("parameters");
  form.replaceChildren(make("strong", { textContent: question[language] }));
  for (const parameter of question.parameters) {
    const id = `parameter-${parameter.name}`;
    const input = make("input", { id, name: parameter.name, required: parameter.required, autocomplete: "off" });
    const example = question.example[parameter.name];
    input.placeholder = [example, parameter.required ? "" : words.everything[language]].filter(Boolean).join(" · ");
    input.title = parameter.description;
    const label = make("label", {}, parameter.name, input);
    if (parameter.names) {
      const list = make("datalist", { id: `${id}-names` });
      input.setAttribute("list", list.id);
      label.append(list);
      let waiting = 0;
      input.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(async () => {
          if (!input.value.trim()) return;
          const names = await get("suggestions", { text: input.value, types: parameter.types.join("|") }).catch(() => []);
          list.replaceChildren(...names.map((value) => make("option", { value })));
        }, 200);
      });
    }
    form.append(label);
  }
  form.append(make("button", { textContent: words.ask[language] }));
  form.hidden = false;
  show();
  if (!question.parameters.some((parameter) => parameter.required)) ask({ question: question.name });
  else form.querySelector("input").focus();
}

function show() {
  const filter = $("filter").value.trim().toLowerCase();
  const fitting = known.questions.filter((q) => `${q.name} ${q.zh} ${q.en}`.toLowerCase().includes(filter));
  $("questions").replaceChildren(
    ...fitting.map((question) => {
      const button = make("button", { type: "button", onclick: () => choose(question) }, question[language]);
      button.append(make("small", { textContent: question.name }));
      if (question === chosen) button.setAttribute("aria-current", "true");
      return make("li", {}, button);
    }),
  );
  $("pictures").replaceChildren(
    ...known.pictures.map((name, number) => {
      const text = name === "graph.html" ? words.picture[language] : name.replace(/\.html$/, "");
      return make("a", { href: `pictures/${encodeURIComponent(name)}`, target: "_blank", rel: "noopener", textContent: text });
    }),
  );
  document.documentElement.lang = language;
  $("language").textContent = language === "zh" ? "EN" : "中文";
  for (const element of document.querySelectorAll("[data-zh]")) element.textContent = element.dataset[language];
  for (const element of document.querySelectorAll("[data-zh-placeholder]")) element.placeholder = element.dataset[`${language}Placeholder`];
}

$("filter").addEventListener("input", show);
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  show();
});
$("parameters").addEventListener("submit", (event) => {
  event.preventDefault();
  ask({ question: chosen.name, ...Object.fromEntries(new FormData(event.target)) });
});
$("words").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  chosen = null;
  $("parameters").hidden = true;
  show();
  // A single Latin word would be taken for the name of a question.
  ask({ question: /^[\w-]+$/.test(text) ? `${text}?` : text });
});

get("questions.json")
  .then((record) => {
    known = record;
    if (known.workshop && !known.built) location.replace("documents.html");
    $("documents").hidden = !known.workshop;
    show();
    document.documentElement.dataset.ready = "1";
  })
  .catch((error) => tell(error.message, true));
