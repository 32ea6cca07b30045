// Answers questions about plans, one JSON after the other, with a module; the same in Node.js and in a browser.
export function answering({ load, ask, next, gaps }) {
  let plan;

  function answered({ kind, text, facts, readings, names, goals, order, decision, value, changeable, certain, rounds }) {
    if (kind === "load") plan = load(text);
    if (kind === "ask") return ask(plan, facts, readings, names);
    if (kind === "next") return next(plan, facts, goals, order, readings);
    if (kind === "gaps") return gaps(plan, facts, decision, value, changeable, { readings, certain });
    if (kind === "time") {
      const start = performance.now();
      for (const own of rounds) ask(plan, own.facts, own.readings, names);
      return (performance.now() - start) / 1e3;
    }
    return null;
  }

  return (line) => {
    try {
      return JSON.stringify({ answer: answered(JSON.parse(line)) });
    } catch (fault) {
      return JSON.stringify({ fault: `${fault.message}\n${fault.stack}` });
    }
  };
}
