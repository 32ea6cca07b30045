// Answers questions about rules with the modules of the page, one JSON a line. Argument: the folder of the modules.
import readline from "node:readline";

const folder = process.argv[2];
const { Standing, rulesOf } = await import(`${folder}/static/standing.js`);
const { caseOf, fragmentOf } = await import(`${folder}/static/case.js`);
const { plainNumber } = await import(`${folder}/static/questions.js`);
const { Words } = await import(`${folder}/static/words.js`);
const { Account } = await import(`${folder}/static/account.js`);
const { fits, movable, withNumbers } = await import(`${folder}/static/thresholds.js`);
const { heldIn, periodOf, rulesIn } = await import(`${folder}/static/held/periods.js`);
const { readList } = await import(`${folder}/static/list/reading.js`);
let rules, sentences, held, places;

function standing({ stated, readings }) {
  const one = new Standing(rules, stated, readings),
    names = Object.keys(rules.decisions);
  const outcomes = Object.fromEntries(names.map((name) => [name, one.outcome(name)]));
  return { outcomes, missing: one.missing(names), problems: one.problems };
}

function told({ stated, readings, language }) {
  const one = new Account(new Standing(rules, stated, readings), new Words(rules, language, sentences), rules.plan.document.rules.as_of);
  const { text, lines } = one.opening();
  return { opening: text, lines, bodies: one.bodies(), path: one.path(), support: one.support(), steps: one.steps(), readings: one.otherReadings(), grounds: one.grounds() };
}

/** The plan and the conditions after numbers were moved. */
function moved({ numbers }) {
  const { plan, decisions, constraints } = withNumbers(rules, numbers);
  return { plan: plan.document, decisions, constraints };
}

/** Take the rules of a place and day out of what is held, and tell them. */
function opened({ place, day }) {
  rules = rulesIn(held, periodOf(places.find((own) => own.place === place), day).rules, day);
  const { plan, ...told } = rules;
  return { ...told, plan: plan.document };
}

function answered(question) {
  if (question.kind === "hold") return void ({ held, places } = { held: heldIn(question.rules), places: question.places });
  if (question.kind === "open") return opened(question);
  if (question.kind === "load") return void ({ rules, sentences } = { rules: question.document && rulesOf(question.document), sentences: question.sentences });
  if (question.kind === "stand") return standing(question);
  if (question.kind === "tell") return told(question);
  if (question.kind === "movable") return movable(rules);
  if (question.kind === "fits") return fits(rules, question.numbers);
  if (question.kind === "move") return moved(question);
  if (question.kind === "list") return readList(rules, question.text);
  if (question.kind === "link") return fragmentOf(rules, question);
  if (question.kind === "unlink") return caseOf(rules, question.fragment);
  return plainNumber(question.text);
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  let said;
  try {
    said = { answer: answered(JSON.parse(line)) };
  } catch (fault) {
    said = { fault: `${fault.stack}` };
  }
  process.stdout.write(`${JSON.stringify(said, (_, own) => (typeof own === "bigint" ? String(own) : own))}\n`);
}
