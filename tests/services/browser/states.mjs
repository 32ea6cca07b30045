// Looks at the page in every state, language and colour scheme, and prints, as JSON, what is wrong with it.
// Arguments: the browser, and a JSON object {file, answers, list}: answers by fact, as texts, what is not in them is not known.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { inLanguage, opening, pasted, statesOf } from "./opening.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf-8");
const [executablePath, asked] = process.argv.slice(2);
const { file, answers, list } = JSON.parse(asked);
const STATES = statesOf(answers);
const { browser, opened, faults, requests } = await opening(executablePath, file);

const DRAWN = { ...STATES, list: STATES.trial };

for (const colorScheme of ["light", "dark"]) {
  for (const [state, fragment] of Object.entries(DRAWN)) for (const language of ["zh", "en"]) {
    await opened({ colorScheme, bypassCSP: true, reducedMotion: "reduce" }, inLanguage(fragment, language), async (page) => {
      if (state === "list") await pasted(page, list);
      await page.evaluate(() => { for (const part of document.querySelectorAll("details")) part.open = true; });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run());
      for (const one of violations) faults.push({ state, language, colorScheme, fault: one.id, at: one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)) });
    });
  }
}
for (const width of [320]) for (const [state, fragment] of Object.entries(DRAWN)) for (const language of ["zh", "en"]) {
  await opened({ viewport: { width, height: 700 } }, inLanguage(fragment, language), async (page) => {
    if (state === "list") await pasted(page, list);
    const needed = await page.evaluate(() => {
      for (const part of document.querySelectorAll("details")) part.open = true;
      return document.documentElement.scrollWidth;
    });
    if (needed > width) faults.push({ state, language, width, fault: `needs ${needed}` });
    const isInSight = await page.evaluate(() => { scrollTo(0, document.documentElement.scrollHeight); return document.getElementById("bar").getBoundingClientRect().top >= 0; });
    if (!isInSight) faults.push({ state, language, width, fault: "the answer leaves the sight" });
  });
}
for (const width of [1280, 1440]) for (const [state, fragment] of Object.entries(DRAWN)) {
  await opened({ viewport: { width, height: 900 } }, fragment, async (page) => {
    if (state === "list") await pasted(page, list);
    const top = await page.evaluate(() => {
      const frame = document.querySelector(".frame").getBoundingClientRect();
      scrollTo(0, (frame.top + frame.bottom) / 2);
      return document.querySelector("#ask").firstElementChild.getBoundingClientRect().top;
    });
    if (top < 0 || top > 450) faults.push({ state, width, fault: `what is asked is at ${top}` });
  });
}
await opened({ viewport: { width: 1280, height: 600 } }, STATES.settled, async (page) => {
  await page.locator(".answered button").last().focus();
  const { top, bottom } = await page.locator(".answered button").last().evaluate((one) => one.getBoundingClientRect().toJSON());
  if (top < 0 || bottom > 600) faults.push({ fault: `the last answer has the focus at ${top}` });
});
await browser.close();
console.log(JSON.stringify({ faults, requests }));
