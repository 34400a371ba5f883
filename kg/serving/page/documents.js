"use strict";

// The page of `kg serve --documents`: drop documents, build, look, ask, download.

let state = null;
const word = (name) => state.words[language][name] ?? name;
const count = (number) => number.toLocaleString(language === "zh" ? "zh-CN" : "en");
const fill = (name, values) => word(name).replace(/\{(\w+)\}/g, (_, key) => values[key]);

function size(bytes) {
  const kib = bytes / 1024;
  return kib < 1024 ? `${count(Math.max(1, Math.round(kib)))} KiB` : `${count(Math.round(kib / 102.4) / 10)} MiB`;
}

function draw() {
  document.documentElement.lang = language;
  document.title = `Jiqun · ${word("documents")}`;
  $("language").textContent = language === "zh" ? "EN" : "中文";
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  $("kinds").textContent = fill("kinds", { suffixes: state.suffixes.join(" "), largest: size(state.largest) });
  $("choose").accept = state.suffixes.join(",");
  $("count").textContent = state.documents.length ? fill("count", { n: count(state.documents.length) }) : word("no_documents");
  $("list").replaceChildren(
    ...state.documents.map(({ name, bytes }) => {
      const button = make("button", { type: "button", textContent: word("remove"), onclick: () => remove(name) });
      button.setAttribute("aria-label", `${word("remove")}${colon()}${name}`);
      return make("li", {}, make("span", { textContent: name }), make("small", { textContent: size(bytes) }), button);
    }),
  );
  const building = state.phase === "building";
  $("build").disabled = building || !state.documents.length;
  $("progress").hidden = !building;
  const stage = state.stage ? (word(`stage_${state.stage}`) + (state.detail ? ` · ${state.detail}` : "")) : word("begins");
  $("progress").querySelector("span").textContent = fill("seconds", { n: state.seconds }) + ` · ${stage}`;
  const built = !building && Boolean(state.downloads.length);
  for (const id of ["results", "ask", "picture"]) $(id).hidden = !built;
  if (state.phase === "idle" && state.complaint) tell(state.complaint, true);
  if (!built) return;
  const numbers = { documents: state.counts.documents, entities: state.counts.entities, facts: state.counts.facts };
  $("summary").textContent = fill("summary", Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, count(n ?? 0)])));
  $("downloads").replaceChildren(
    ...state.downloads.map(({ name, bytes }) => {
      const link = make("a", { href: `downloads/${encodeURIComponent(name)}`, download: name, textContent: name });
      return make("li", {}, make("span", {}, link, make("br"), make("small", { textContent: word(`file_${name.split(".")[0]}_${name.split(".")[1]}`) })), make("small", { textContent: size(bytes) }));
    }),
  );
  $("found").textContent = state.found ? fill("found", { n: count(state.found), shown: count(state.findings.length) }) : word("no_findings");
  $("findings").replaceChildren(
    ...state.findings.map(({ severity, doc, message }) =>
      make("li", {}, make("span", { className: severity, textContent: word(severity) }), make("span", {}, make("strong", { textContent: doc }), make("br"), message))),
  );
}

async function hear() {
  const before = state?.phase;
  state = await get("workshop");
  draw();
  if (before === "building" && state.phase !== "building") {
    const complaint = state.complaint ? `\n${state.complaint}` : "";
    tell(fill(state.phase, { n: state.seconds }) + complaint, state.phase === "failed");
    if (state.phase === "done") $("results").scrollIntoView({ block: "nearest" });
  }
  if (state.phase === "building") setTimeout(guarded(hear), 1000);
}

const guarded = (work) => async (...given) => {
  try {
    await work(...given);
  } catch (error) {
    tell(error.message, true);
  }
};

async function send(files) {
  if (!state) await hear(); // whoever is faster than the first answer waits for the words
  const refused = [];
  for (const [number, file] of files.entries()) {
    tell(fill("sending", { name: file.name, at: number + 1, of: files.length }));
    try {
      await talk(`workshop/documents?${new URLSearchParams({ name: file.name })}`, {
        method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file,
      });
    } catch (error) {
      refused.push(`${file.name}:${error.message.replace("\n", " ")}`);
    }
  }
  tell(refused.length ? `${word("refused")}\n${refused.join("\n")}` : fill("sent", { n: files.length }), refused.length > 0);
  await hear();
}

const remove = guarded(async (name) => {
  await post("workshop/remove", { name });
  tell("");
  await hear();
});

$("choose").addEventListener("change", guarded(async () => {
  await send([...$("choose").files]);
  $("choose").value = "";
}));
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault(); // a document beside the field is no page to open
    $("drop").classList.toggle("over", name === "dragover");
    if (name === "drop" && event.dataTransfer.files.length) guarded(send)([...event.dataTransfer.files]);
  });
}
$("build").addEventListener("click", guarded(async () => {
  tell("");
  await post("workshop/build");
  await hear();
}));
$("language").addEventListener("click", guarded(async () => {
  language = language === "zh" ? "en" : "zh";
  tell("");
  await hear();
}));

guarded(async () => {
  await hear();
  document.documentElement.dataset.ready = "1";
})();
