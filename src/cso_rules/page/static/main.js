/** The page: what was said, and everything drawn anew from it. */
import { Account } from "./account.js";
import { caseOf, fragmentOf, headOf } from "./case.js";
import { button, h } from "./elements.js";
import { placesHeld, rulesFor, sentencesHeld } from "./held/opening.js";
import { periodOf } from "./held/periods.js";
import { List } from "./list/lines.js";
import { firstPart, headlineText, laterParts } from "./panel.js";
import { noticeOf, placeNotice } from "./paper.js";
import { answeredList, anythingElse, askedNow, leftOf, problemsOf, questionCard } from "./questions.js";
import { Standing } from "./standing.js";
import { drawNumbers, movedText } from "./numbers.js";
import { fits, movable, withNumbers } from "./thresholds.js";
import { Words } from "./words.js";
import { dayNumber, isoDay, LAST } from "../walker.js";

const at = (id) => document.getElementById(id);
const LAST_DAY = isoDay(LAST);
const pause = () => new Promise((done) => setTimeout(done));
const state = { place: null, day: null, language: "zh", stated: {}, readings: {}, numbers: {}, current: null, goal: null, lost: [], name: "", earlier: null };
let held, sentences, rules, free, board, turn = 0;

// ------------------------------------------------ what changes

function changed(focus = "question") {
  history.replaceState(null, "", fragmentOf(rules, state));
  board.edit(state.stated);
  draw(focus);
  if (focus !== null) drawThresholds();
}

function answer(name, value) {
  state.stated[name] = value;
  state.current = null;
  state.earlier = null;
  changed();
}

function take(name) {
  state.current = name;
  draw("question");
}

function withdraw(name) {
  delete state.stated[name];
  changed("questions-title");
}

function read(reading, option) {
  if (option === null) delete state.readings[reading];
  else state.readings[reading] = option;
  changed("answer-title");
}

function restart() {
  state.earlier = { stated: state.stated, readings: state.readings, numbers: state.numbers };
  board.chosen = null;
  Object.assign(state, { stated: {}, readings: {}, numbers: {}, current: null, goal: null, lost: [] });
  changed();
}

function restore() {
  Object.assign(state, state.earlier, { earlier: null });
  changed();
}

function refuse(name, text) {
  at(`ask-${name}-problem`).textContent = text;
  at("value").setAttribute("aria-invalid", "true");
  at("value").focus();
}

/** Try another legal number, and tell whether that can be worked out. */
function move(key, value) {
  const { [key]: _, ...numbers } = state.numbers;
  if (value !== free.find((one) => one.key === key).value) numbers[key] = value;
  if (!fits(rules, numbers)) return false;
  state.numbers = numbers;
  changed(null);
  return true;
}

function moveBack() {
  state.numbers = {};
  changed("answer-title");
}

function pursue(goal) {
  Object.assign(state, { goal, current: null });
  draw("question");
}

// ------------------------------------------------ what is drawn

function contextOf() {
  const tried = withNumbers(rules, state.numbers),
    words = new Words(tried, state.language, sentences),
    standing = new Standing(tried, state.stated, state.readings),
    { day } = state;
  return { words, standing, rules: tried, law: rules, redraw: draw, state, day, free, move, moveBack, moved: movedText(words, free, state.numbers), account: new Account(standing, words, day), answer, take, withdraw, read, refuse };
}

function draw(focus = null) {
  const context = contextOf();
  turn += 1;
  drawHead(context);
  at("bar").replaceChildren(h("a", { href: "#answer", onclick: toAnswer }, headlineText(context)));
  at("ask").replaceChildren(...askParts(context));
  at("answer-title").textContent = context.words.say("page_answer");
  const opened = new Set([...at("first").querySelectorAll("details[open][data-key]")].map((own) => own.dataset.key));
  at("first").replaceChildren(...kept(firstPart(context)));
  for (const own of at("first").querySelectorAll("details[data-key]")) own.open ||= opened.has(own.dataset.key);
  drawLater(context, turn);
  board.draw(context, rules);
  placeNumbers();
  if (focus) focusOn(focus);
}

const kept = (parts) => parts.flat(Infinity).filter((part) => part !== null && part !== undefined && part !== "");

function toAnswer(event) {
  event.preventDefault();
  focusOn("answer-title");
}

function focusOn(id) {
  const found = id === "question" ? (document.querySelector("#question legend") ?? at("settled")) : at(id);
  found?.focus();
}

/** What follows from the answer, a part at a time, so that the next question never waits for it. */
async function drawLater(context, own) {
  at("later").setAttribute("aria-busy", "true");
  for (const [place, part] of laterParts.entries()) {
    await pause();
    if (own !== turn) return;
    at(`later-${place}`).replaceChildren(...kept([part(context)]));
  }
  await pause();
  if (own !== turn) return;
  at("more")?.replaceChildren(...kept([moreGoals(context)]));
  at("later").removeAttribute("aria-busy");
}

/** Thresholds stand beside what they move: above the lines of a list, else below the answer. */
function placeNumbers() {
  const place = at(board.isOpen && board.lines.length ? "list-numbers" : "answer");
  if (at("numbers").parentElement !== place) place.append(at("numbers"));
}

function drawThresholds() {
  at("numbers").replaceChildren(...kept([drawNumbers(contextOf())]));
}

function drawHead({ words, account, day }) {
  const { language } = state,
    { asked } = rules.shown.words,
    title = words.say(asked ? "page_head" : "page_head_plain", { asked: words.label(asked), title: words.label(rules.title) });
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = title;
  at("title").textContent = title;
  at("skip").textContent = words.say("page_skip");
  at("place-label").textContent = words.say("page_place");
  at("place").replaceChildren(...held.places.map((own) => h("option", { value: own.place, selected: own.place === state.place }, words.label((periodOf(own, day) ?? own.periods[0]).title))));
  at("day-label").textContent = words.say("page_day");
  Object.assign(at("day"), { value: day, min: held.from, max: held.until ? isoDay(dayNumber(held.until) - 1) : LAST_DAY });
  at("day").parentElement.hidden = at("day").min === at("day").max;
  at("about").replaceChildren(
    h("summary", {}, words.say("page_about_rules")),
    h("p", {}, words.say("page_about_text", { rules: account.applied(), day: words.day(day) })),
    ...kept([rules.notice ? h("p", {}, words.label(rules.notice)) : null]),
    h("p", { class: "small" }, words.say("page_digest", { digest: rules.digest.slice(0, 16) })),
  );
  at("tools").replaceChildren(
    button(words.say("page_language"), () => { state.language = language === "zh" ? "en" : "zh"; changed("language"); }, { id: "language", lang: language === "zh" ? "en" : "zh-CN", "aria-label": `${words.say("page_language")} – ${words.say("page_language_name")}` }),
    button(words.say(board.isOpen ? "page_list_close" : "page_list_open"), () => openList(!board.isOpen), { id: "list-open", "aria-expanded": String(board.isOpen), "aria-controls": "list" }),
    button(words.say("page_print"), () => print()),
    button(words.say("page_link"), copyLink),
    button(words.say("page_restart"), restart),
  );
}

function openList(isOpen) {
  board.isOpen = isOpen;
  draw(isOpen ? "list-title" : "list-open");
}

function showLine(line) {
  Object.assign(state, { stated: { ...line.stated }, name: line.name, current: null, goal: null, lost: [], earlier: null });
  changed("answer-title");
}

/** Which line of the list is shown, and the way back to it. */
function lineNote(words) {
  if (!board.chosen) return null;
  const { number, name, id } = board.chosen,
    back = () => document.querySelector(`#list [data-line="${number}"]`)?.focus();
  return h("p", { class: "note" }, words.say("page_list_shown", { name: name || id || words.say("page_list_line", { number }) }), " ", button(words.say("page_list_back"), back, { class: "link" }));
}

/** A list may be dropped anywhere on the page. */
function dropped(event) {
  const [file] = event.dataTransfer?.files ?? [];
  event.preventDefault();
  if (!file || event.type !== "drop") return;
  openList(true);
  board.takeFile(file);
}

async function copyLink() {
  const { words } = contextOf();
  try {
    await navigator.clipboard.writeText(location.href);
    at("said").replaceChildren(words.say("page_link_copied"));
  } catch {
    const field = h("input", { readonly: true, value: location.href, "aria-label": words.say("page_link_shown") });
    at("said").replaceChildren(h("span", {}, words.say("page_link_shown")), field);
    field.select();
  }
}

const goalsOf = () => [state.goal ?? rules.headline];

function askParts(context) {
  const { words, standing } = context,
    goals = goalsOf(),
    now = askedNow(state, standing, goals),
    left = leftOf(state, standing, goals).length;
  const parts = [
    h("h2", { id: "questions-title", tabindex: "-1" }, words.say("page_questions")),
    state.earlier ? h("p", { class: "note" }, words.say("page_restarted"), " ", button(words.say("page_restore"), restore, { class: "link" })) : null,
    state.lost.length ? h("p", { class: "note" }, words.say("page_lost", { names: state.lost.join(words.say("comma")) })) : null,
    lineNote(words),
    problemsOf(context),
    state.goal ? h("p", { class: "note" }, words.say("page_more_now", { name: words.heading(state.goal) }), " ", goalState(context), " ", button(words.say("page_more_stop"), () => pursue(null), { class: "link" })) : null,
    now ? questionCard(context, now) : settledCard(context),
    now && left ? h("p", { class: "note left" }, left > 1 ? words.say("page_left", { number: left }) : words.say("page_left_one")) : null,
    anythingElse(context),
    answeredList(context),
    h("p", { class: "anything" }, h("label", { for: "name" }, words.say("page_name")), h("input", { id: "name", value: state.name, autocomplete: "off", oninput: (event) => { state.name = event.target.value; } })),
  ];
  return kept(parts);
}

/** What is known of the decision that is asked for; a list stands in the answer. */
function goalState({ words, standing }) {
  const { status, answer, possible, sure } = standing.outcome(state.goal),
    isOpen = status === "undetermined" || status === "unsettled_by_law";
  if (sure || (isOpen && !possible) || (!isOpen && status !== "determined")) return "";
  const value = isOpen ? words.say("page_perhaps", { names: words.joined(possible.map((own) => words.value(state.goal, own)), "or_bodies") }) : words.value(state.goal, answer);
  return words.say("page_more_state", { value });
}

function settledCard({ words, standing }) {
  const { status } = standing.outcome(rules.headline),
    ofHeadline = { undetermined: "page_not_settled_text", no_rule_in_force: "page_no_rule_text" }[status] ?? "page_settled_text",
    text = state.goal ? words.say("page_more_done", { name: words.heading(state.goal) }) : words.say(ofHeadline);
  return h("section", { class: "card settled", "aria-labelledby": "settled" },
    h("h3", { id: "settled", tabindex: "-1" }, words.say("page_settled")),
    h("p", {}, text),
    h("div", { class: "choices", id: "more" }),
  );
}

/** What else could be made exact: the lists that are still open, with the number of questions. */
function moreGoals({ words, account, standing }) {
  const names = [...account.lists(true), ...account.lists(false)];
  return names.map((name) => [name, leftOf(state, standing, [name]).length])
    .filter(([, number]) => number)
    .map(([name, number]) => button(words.say("page_more", { name: words.heading(name), number }), () => pursue(name), { class: "choice" }));
}

function drawPaper() {
  placeNotice(at("paper"), noticeOf(contextOf(), state.name.trim()));
}

// ------------------------------------------------ the beginning

/** Take the rules of a place and day; false where the page holds none. */
async function choose(place, day) {
  const own = held.places.find((one) => one.place === place),
    found = own && (await rulesFor(own, day));
  if (!found) return false;
  rules = found;
  free = movable(rules);
  board.read(rules, board.text);
  Object.assign(state, { place, day, numbers: {}, current: null, goal: null });
  return true;
}

/** The same organization by other rules; a day that the page does not hold is told and not taken. */
async function moveTo(place, day, focus) {
  const isTaken = await choose(place, day);
  if (isTaken) changed(focus);
  at("said").textContent = isTaken ? "" : contextOf().words.say("page_no_such_day");
  at("day").setAttribute("aria-invalid", String(!isTaken));
}

async function begin() {
  board.chosen = null;
  const { place, day, language, goal } = headOf(location.hash),
    [first] = held.places;
  state.language = language ?? (navigator.language?.startsWith("zh") || !navigator.language ? "zh" : "en");
  (await choose(place, day ?? held.day)) || (await choose(place, held.day)) || (await choose(first.place, day ?? held.day)) || (await choose(first.place, held.day));
  Object.assign(state, caseOf(rules, location.hash, free), { current: null, goal: goal in rules.decisions && goal !== rules.headline ? goal : null });
  if (!fits(rules, state.numbers)) state.numbers = {};
  draw();
  drawThresholds();
  if (day && day !== state.day) at("said").textContent = contextOf().words.say("page_no_such_day");
}

/** Draw the page, and keep it in step with its address. */
export async function start() {
  if (!("DecompressionStream" in globalThis)) return;
  at("old").remove();
  const part = (name) => at(`list-${name}`);
  board = new List({ frame: at("list"), title: part("title"), entry: part("entry"), count: part("count"), groups: part("groups"), lines: part("lines"), unread: part("unread") }, showLine);
  for (const kind of ["dragover", "drop"]) addEventListener(kind, dropped);
  held = placesHeld();
  sentences = await sentencesHeld();
  at("later").replaceChildren(...laterParts.map((_, place) => h("div", { id: `later-${place}` })));
  at("place").addEventListener("change", ({ target }) => moveTo(target.value, state.day, "place"));
  at("day").addEventListener("change", ({ target }) => moveTo(state.place, target.value, "day"));
  at("skip").addEventListener("click", (event) => {
    event.preventDefault();
    focusOn("question");
  });
  addEventListener("hashchange", begin);
  addEventListener("beforeprint", drawPaper);
  await begin();
}
