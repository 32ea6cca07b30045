"use strict";
// Two things only: the language switch and the search box. Without this file every text is shown in both languages.
(() => {
  const KEY = "cso-rules-book-language";
  const KINDS = {
    provision: ["条款", "provision"], decision: ["决定", "decision"], rule: ["规则", "rule"], fact: ["事实", "fact"],
    enumeration: ["取值表", "list"], value: ["取值", "value"], constraint: ["制约", "constraint"], parameter: ["参数", "parameter"],
    amount: ["数值", "amount"], reading: ["解读", "reading"], scenario: ["场景", "scenario"], place: ["地方", "place"],
  };
  const MOST = 60;
  const root = document.documentElement;

  function remembered() {
    const asked = new URLSearchParams(location.search).get("lang");
    if (asked === "zh" || asked === "en") return asked;
    try { return localStorage.getItem(KEY) === "en" ? "en" : "zh"; } catch { return "zh"; }
  }
  function choose(language) {
    root.dataset.language = language;
    root.lang = language;
    try { localStorage.setItem(KEY, language); } catch { /* a private window remembers nothing */ }
  }
  choose(remembered());

  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) { target.open = true; target.scrollIntoView(); }
  }

  function isSpread(text, words) { return words.every((word) => text.includes(word)); }

  function answers(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const near = [], far = [];
    for (const row of BOOK_INDEX) {
      if (isSpread(`${row[1]} ${row[2]} ${row[3]}`.toLowerCase(), words)) near.push(row);
      else if (isSpread(row.join(" ").toLowerCase(), words)) far.push(row);
    }
    return near.concat(far);
  }

  function spanOf(text, name, language) {
    const span = document.createElement("span");
    span.textContent = text;
    span.className = name;
    if (language) span.lang = language;
    return span;
  }

  function answerItem([kind, id, zh, en, target]) {
    const item = document.createElement("li"), link = document.createElement("a"), mark = spanOf("", "kind");
    const names = KINDS[kind];
    mark.append(spanOf(names[0], "t", "zh"), spanOf(names[1], "t", "en"));
    link.href = target;
    link.append(mark, spanOf(zh, "t", "zh"), spanOf(en, "t", "en"));
    const name = document.createElement("code");
    name.textContent = id;
    link.append(name);
    item.append(link);
    return item;
  }

  function setUpSearch() {
    const field = document.getElementById("search");
    if (!field || typeof BOOK_INDEX === "undefined") return;
    const list = document.getElementById("search-answers"), count = document.getElementById("search-count");
    document.getElementById("search-box").hidden = false;
    const show = () => {
      const found = answers(field.value);
      list.replaceChildren(...found.slice(0, MOST).map(answerItem));
      const more = found.length > MOST ? ` (${MOST})` : "";
      count.textContent = field.value.trim() ? `${found.length} 项 / found${more}` : "";
    };
    field.addEventListener("input", show);
    document.getElementById("search-box").addEventListener("keydown", (event) => {
      const links = [...list.querySelectorAll("a")], here = links.indexOf(document.activeElement);
      if (event.key === "Escape") { field.value = ""; show(); field.focus(); }
      else if (event.key === "ArrowDown" && links.length) links[Math.min(here + 1, links.length - 1)].focus();
      else if (event.key === "ArrowUp" && here >= 0) (here ? links[here - 1] : field).focus();
      else if (event.key === "Enter" && here < 0 && links.length) links[0].click();
      else return;
      event.preventDefault();
    });
    show();
  }

  document.addEventListener("keydown", (event) => {
    const field = document.getElementById("search");
    if (event.key !== "/" || !field || document.activeElement === field) return;
    field.focus();
    event.preventDefault();
  });
  addEventListener("hashchange", openTarget);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("page-language");
    button.hidden = false;
    button.addEventListener("click", () => choose(root.dataset.language === "zh" ? "en" : "zh"));
    setUpSearch();
    openTarget();
  });
})();
