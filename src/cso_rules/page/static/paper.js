/** The notice: the same account on one A4 page, for printing. */
import { dueText } from "./account.js";
import { h, list } from "./elements.js";
import { conditionsBehind } from "./reasons.js";

const SIZES = [10.5, 10, 9.5, 9, 8.5, 8, 7.5];
const PAGE = 262; // millimetres between the margins of an A4 page

/** Put a notice into its place, in the largest letters with which it fits on a page. */
export function placeNotice(paper, notice) {
  paper.replaceChildren(notice, h("div", { class: "ruler" }));
  paper.classList.add("measured");
  const room = (paper.lastChild.offsetHeight / 100) * PAGE;
  for (const size of SIZES) {
    paper.style.fontSize = `${size}pt`;
    if (notice.offsetHeight <= room) break;
  }
  paper.classList.remove("measured");
}

/** The notice about what is known now. */
export function noticeOf(context, name) {
  const { words, rules, day } = context,
    title = words.label(rules.shown.words.title) || words.say("notice_title");
  let number = 0;
  const numerals = words.say("numerals").split(" ");
  const parts = sectionsOf(context)
    .filter(([, lines]) => lines.length)
    .map(([text, lines]) => [h("h2", {}, words.say("section", { number: numerals[number++], title: text })), list(lines.map((line) => capital(words, line)))]);
  return h("article", { lang: words.language === "zh" ? "zh-CN" : "en" },
    h("h1", {}, title),
    h("p", { class: "marks" }, h("span", {}, ""), h("span", {}, words.say("day_mark", { day: words.day(day) }))),
    name ? h("p", {}, words.say("greeting", { name })) : null,
    context.moved ? h("p", {}, h("strong", {}, context.moved)) : null,
    opening(context),
    parts,
    grounds(context),
    h("p", { class: "closing" }, words.say("notice_closing")),
    h("p", { class: "signature" }, ["sign_clerk", "sign_seal", "sign_day"].map((key) => h("span", {}, words.say(key)))),
  );
}

const capital = (words, text) => (words.language === "en" ? text.charAt(0).toUpperCase() + text.slice(1) : text);

function opening({ words, account, rules }) {
  const { text, lines } = account.opening(),
    asked = [false, true].map((judged) => account.missing().filter((own) => own.judged === judged));
  const questions = asked.map((own, place) => {
    if (!own.length) return null;
    const items = own.map(({ name }, at) => words.say("running", { number: at + 1, text: words.label(rules.facts[name].question) }));
    return h("p", {}, words.say(place ? "to_judge" : "to_report"), words.language === "en" ? " " : "", items.join(words.say("between_questions")));
  });
  return [h("p", {}, text), list(lines.map((line) => capital(words, words.say("sentence", { text: line })))), questions];
}

function sectionsOf({ words, account, standing, rules, day }) {
  const support = account.support(),
    steps = account.steps(),
    way = account.path();
  const strengths = [...new Set(support.certain.map(({ modality }) => modality))];
  return [
    [words.say("section_why"), whyLines(words, conditionsBehind(standing, words, rules.headline))],
    [words.say("section_who"), account.bodies().filter(({ sure, asRead }) => sure.length + asRead.length).map(({ role, sure, asRead }) => words.say("role", { role, bodies: words.joined([...sure, ...asRead]) }))],
    [words.say("section_path", { value: way ? words.value(rules.headline, way.wanted) : "" }), way ? wayLines(words, way) : []],
    [words.say("section_support"), strengths.map((modality) => {
      const text = words.joined(support.certain.filter((own) => own.modality === modality).map((own) => own.text + dueText(words, day, own.due)));
      return modality ? words.say(modality, { text }) : text;
    })],
    [words.say("section_next"), [...steps.certain.map((own) => account.sentence(own)), ...dutyLines(account, words), ...account.warnings().map(({ text }) => words.say("beware", { text }))]],
    [words.say("section_presumed"), account.presumed().map(({ text }) => text)],
    [words.say("section_readings"), account.otherReadings().map(({ text }) => words.say("sentence", { text }))],
  ];
}

function dutyLines(account, words) {
  const duties = account.duties(),
    strengths = [...new Set(duties.map(({ modality }) => modality))];
  return strengths.map((modality) => {
    const text = words.joined(duties.filter((own) => own.modality === modality).map((own) => own.text)),
      said = modality ? words.say(modality, { text }) : text;
    return words.say("own_duties", { what: words.say("who_does", { who: words.say("you"), what: said }) });
  });
}

function whyLines(words, sets) {
  return sets.flatMap(({ label, rows }) => {
    const failing = rows.filter(({ truth }) => truth === false),
      met = rows.filter(({ truth }) => truth),
      text = ({ label: own, detail }) => detail || own;
    const lines = failing.length ? [words.say("set_fails", { label, details: words.joined(failing.map(text), "and_clauses") })] : [];
    if (met.length) lines.push(words.say("set_met", { label, names: words.joined(met.map(({ label: own }) => own)) }));
    return lines;
  });
}

function wayLines(words, { steps: { steps, ways }, needed }) {
  const lines = [...steps];
  if (ways.length) lines.push(ways.length > 1 ? words.say("gap_one_of", { changes: words.joined(ways, "or_clauses") }) : ways[0]);
  if (needed.length) lines.push(words.say("gap_needed", { facts: words.joined(needed) }));
  return lines;
}

function grounds({ words, account }) {
  const lines = [...account.grounds().map(({ text }) => text), ...account.amended()];
  return lines.length ? [h("h2", {}, words.say("section_grounds")), list(lines, { class: "small" })] : null;
}
