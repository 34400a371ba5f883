"use strict";

// What the pages of `kg serve` and `kg review` share. Text from the server becomes text of a page, never markup.

const $ = (id) => document.getElementById(id);
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
};

let language = navigator.language.startsWith("zh") ? "zh" : "en";
const colon = () => (language === "zh" ? "：" : ": ");

function tell(text, wrong = false) {
  $("news").textContent = text;
  $("news").classList.toggle("wrong", wrong);
  $("news").hidden = !text;
}

// What the server answers, in the language of the page; what is wrong is thrown as a person reads it.
async function talk(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...options.headers, "Accept-Language": language } });
  } catch {
    throw new Error({ zh: "服务器没有回答。", en: "The server does not answer." }[language]);
  }
  const record = await response.json();
  if (!response.ok) throw new Error(record.hint ? `${record.detail}\n${record.hint}` : record.detail);
  return record;
}
const get = (path, parameters = {}) => talk(`${path}?${new URLSearchParams(parameters)}`);
const post = (path, record = {}) =>
  talk(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(record) });
