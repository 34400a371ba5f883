// A report: search over all tables, the words behind a mark, language and theme. Text stays text: nodes are cloned, never parsed.
const root = document.documentElement, $ = (id) => document.getElementById(id);
const isChinese = () => root.lang.startsWith("zh");
const darkness = matchMedia("(prefers-color-scheme: dark)");

function setTheme(name) { root.dataset.theme = name || (darkness.matches ? "dark" : "light"); }

function setLanguage(name) {
  root.lang = name;
  const label = document.querySelector("label[for=q]").children[isChinese() ? 0 : 1].textContent;
  $("q").placeholder = label;
  for (const table of document.querySelectorAll(".searched")) { // where rows are blocks, cells begin with these
    [...table.tHead.rows[0].cells].forEach((cell, i) => {
      table.style.setProperty(`--c${i + 1}`, JSON.stringify(cell.querySelector(`.w[lang^="${isChinese() ? "zh" : "en"}"]`).textContent));
    });
  }
  if (!$("proof").hidden) $("proof").querySelector("button").setAttribute("aria-label", isChinese() ? "关闭" : "Close");
}

// --- search: every row whose words hold all that was typed, in whatever table

const rows = [...document.querySelectorAll(".searched tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() }));
const opened = new Map([...document.querySelectorAll("details.rows")].map((details) => [details, details.open]));

function search() {
  const words = $("q").value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  const hits = new Set();
  let count = 0;
  for (const { row, text } of rows) {
    const hit = words.every((word) => text.includes(word));
    row.hidden = !hit;
    if (hit) { count += 1; hits.add(row.closest("details")); }
  }
  for (const [details, before] of opened) details.open = words.length ? hits.has(details) : before;
  $("hits").textContent = words.length ? `${count.toLocaleString()} ${isChinese() ? "行" : "rows"}` : "";
}

// --- the words behind a mark, a line or a bar

let cameFrom = null;

function showProof(link) {
  const proof = $("proof");
  const names = link.dataset.rows.split(" ");
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "×";
  close.setAttribute("aria-label", isChinese() ? "关闭" : "Close");
  close.addEventListener("click", hideProof);
  const head = document.createElement("div");
  head.className = "head";
  head.append(link.dataset.label, close);
  const blocks = names.slice(0, 12).flatMap((name) => {
    const row = $(name), words = row && row.querySelector(".words");
    if (!words) return [];
    const block = document.createElement("blockquote");
    block.className = "ev";
    for (const child of words.childNodes) block.append(child.cloneNode(true));
    return [block];
  });
  const more = document.createElement("p");
  const link2 = document.createElement("a");
  link2.href = `#${encodeURIComponent(names[0])}`;
  link2.textContent = isChinese() ? "在表中查看" : "Show in the table";
  more.append(link2);
  proof.replaceChildren(head, ...blocks, more);
  proof.hidden = false;
  cameFrom = link;
  close.focus();
}

function hideProof() {
  $("proof").hidden = true;
  if (cameFrom) cameFrom.focus();
  cameFrom = null;
}

function reveal() { // a link to a row unfolds its table
  const row = $(decodeURIComponent(location.hash.slice(1))), details = row && row.closest("details");
  if (!details) return;
  row.hidden = false;
  details.open = true;
  row.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-rows]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  showProof(link);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("proof").hidden) hideProof();
  else if (event.key === "/" && document.activeElement !== $("q")) { $("q").focus(); event.preventDefault(); }
});
$("q").addEventListener("input", search);
$("language").addEventListener("click", () => { setLanguage(isChinese() ? "en" : "zh-CN"); search(); });
$("theme").addEventListener("click", () => setTheme(root.dataset.theme === "dark" ? "light" : "dark"));
$("print").addEventListener("click", () => print());
darkness.addEventListener("change", () => setTheme(""));
window.addEventListener("hashchange", reveal);
let before = "";
window.addEventListener("beforeprint", () => { before = root.dataset.theme; setTheme("light"); for (const details of opened.keys()) details.open = true; });
window.addEventListener("afterprint", () => { setTheme(before); search(); });

setTheme("");
setLanguage(root.lang);
reveal();
root.dataset.ready = "1";
