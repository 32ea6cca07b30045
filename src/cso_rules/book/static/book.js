"use strict";
// Two things only: the language switch and the search box. Without this file every text is shown in both languages.
(() => {
  const KEY = "cso-rules-book-language";
  const KINDS = {
    provision: ["条款", "provision"], decision: ["决定", "decision"], rule: ["规则", "rule"], fact: ["事实", "fact"],
    enumeration: ["取值表", "list"], value: ["取值", "value"], constraint: ["制约", "constraint"], parameter: ["参数", "parameter"],
    amount: ["数值", "amount"], reading: ["解读", "reading"], scenario: ["场景", "scenario"], place: ["地方", "place"],
  };
  // What people look for first stands first.
  const ORDER = ["decision", "fact", "parameter", "amount", "reading", "place", "rule", "provision", "enumeration", "value", "constraint", "scenario"];
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
    const field = document.getElementById("search");
    const long = innerWidth > 600;
    if (field && language === "zh") field.placeholder = long ? "搜索名称、条款、数值" : "搜索";
    else if (field) field.placeholder = long ? "search names, provisions, numbers" : "search";
  }
  choose(remembered());

  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let part = target; part; part = part.parentElement) if (part instanceof HTMLDetailsElement) part.open = true;
    target.scrollIntoView();
  }

  // One way to write a number, whichever way it was written: 30,000 and 3万 and 三万 are 30000.
  const DIGITS = "零一二三四五六七八九", UNITS = { 十: 10, 百: 100, 千: 1000 }, LARGE = { 万: 1e4, 亿: 1e8 };
  function counted(word) {
    let total = 0, part = 0, digit = 0;
    for (const sign of word.replace(/两/g, "二").replace(/〇/g, "零")) {
      if (sign in LARGE) { total += (part + digit || 1) * LARGE[sign]; part = digit = 0; }
      else if (sign in UNITS) { part += (digit || 1) * UNITS[sign]; digit = 0; }
      else digit = DIGITS.indexOf(sign);
    }
    return String(total + part + digit);
  }
  function plain(text) {
    return text.normalize("NFKC").toLowerCase()
      .replace(/(\d),(?=\d{3}(?!\d))/g, "$1")
      .replace(/(\d+(?:\.\d+)?)\s*([万亿])/g, (_, number, unit) => String(Math.round(number * LARGE[unit])))
      .replace(/[零〇一二两三四五六七八九十百千万亿]*[十百千万亿][零〇一二两三四五六七八九十百千万亿]*/g, counted);
  }

  let rows = null;
  function prepared() {
    rows ??= BOOK_INDEX.map((row) => ({ row, names: plain(`${row[1]} ${row[2]} ${row[3]}`), rest: plain(row[5]), title: [plain(row[2]), plain(row[3])] }));
    return rows;
  }
  function holds(text, word) {
    if (!/^\d+$/.test(word)) return text.includes(word);
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
      if (!/[\d.]/.test(text[at - 1] ?? "") && !/\d/.test(text[at + word.length] ?? "")) return true;
    return false;
  }
  function answers(query) {
    const words = plain(query).split(/\s+/).filter(Boolean), ranks = [[], [], []];
    if (!words.length) return [];
    for (const { row, names, rest, title } of prepared()) {
      const isNear = words.every((word) => holds(names, word));
      if (title.some((text) => text === words.join(" ")) || row[1] === words.join(" ")) ranks[0].push(row);
      else if (isNear) ranks[1].push(row);
      else if (words.every((word) => holds(names, word) || holds(rest, word))) ranks[2].push(row);
    }
    for (const rank of ranks) rank.sort((one, two) => ORDER.indexOf(one[0]) - ORDER.indexOf(two[0]));
    return ranks.flat();
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
    if (kind !== "scenario") {
      const name = document.createElement("code");
      name.textContent = id;
      link.append(name);
    }
    item.append(link);
    return item;
  }

  // The index is read when somebody begins to search, from a file beside the page.
  let reading = null;
  function index() {
    reading ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = "search-index.js";
      script.addEventListener("load", done);
      document.head.append(script);
    });
    return reading;
  }

  function setUpSearch() {
    const field = document.getElementById("search"), box = document.getElementById("search-box");
    const list = document.getElementById("search-answers"), count = document.getElementById("search-count");
    const panel = document.getElementById("search-panel");
    box.hidden = false;
    const show = async () => {
      panel.hidden = !field.value.trim();
      if (panel.hidden) return;
      await index();
      const found = answers(field.value);
      list.replaceChildren(...found.slice(0, MOST).map(answerItem));
      const more = found.length > MOST ? ` (${MOST})` : "";
      count.replaceChildren(spanOf(`找到 ${found.length} 项${more}`, "t", "zh"), spanOf(`${found.length} found${more}`, "t", "en"));
    };
    const close = () => { panel.hidden = true; };
    field.addEventListener("focus", index);
    field.addEventListener("input", show);
    list.addEventListener("click", close);
    document.addEventListener("click", (event) => { if (!box.contains(event.target)) close(); });
    box.addEventListener("focusout", (event) => { if (event.relatedTarget && !box.contains(event.relatedTarget)) close(); });
    box.addEventListener("keydown", (event) => {
      const links = [...list.querySelectorAll("a")], here = links.indexOf(document.activeElement);
      if (event.key === "Escape") { field.value = ""; close(); field.focus(); }
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
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("details.fold")) part.open = true; });
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("page-language");
    button.hidden = false;
    button.addEventListener("click", () => choose(root.dataset.language === "zh" ? "en" : "zh"));
    choose(root.dataset.language);
    setUpSearch();
    openTarget();
  });
})();
