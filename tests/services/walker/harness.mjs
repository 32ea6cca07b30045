// Answers questions about plans, one JSON a line, with the module that the first argument names.
import fs from "node:fs";
import readline from "node:readline";

const copy = `${process.argv[3]}/walker.mjs`; // a name that Node.js takes for a module
fs.copyFileSync(process.argv[2], copy);
const { load, ask, next, gaps } = await import(copy);
let plan;

function answered({ kind, text, facts, readings, names, goals, order, decision, value, changeable, certain, rounds }) {
  if (kind === "load") plan = load(text);
  if (kind === "ask") return ask(plan, facts, readings, names);
  if (kind === "next") return next(plan, facts, goals, order, readings);
  if (kind === "gaps") return gaps(plan, facts, decision, value, changeable, { readings, certain });
  if (kind === "time") {
    const start = process.hrtime.bigint();
    for (const own of rounds) ask(plan, own.facts, own.readings, names);
    return Number(process.hrtime.bigint() - start) / 1e9;
  }
  return null;
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  let said;
  try {
    said = { answer: answered(JSON.parse(line)) };
  } catch (fault) {
    said = { fault: `${fault.stack}` };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
