// Opens pages of a book and prints, as JSON, what is wrong with them: accessibility, width, and what a search finds.
// Arguments: the browser, and a JSON object {folder, pages, searches}.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { settled } from "./opening.mjs";

const require = createRequire(import.meta.url);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core"), "utf-8");
const [executablePath, asked] = process.argv.slice(2);
const { folder, pages, searches } = JSON.parse(asked);
const MOST_OPENED = 6000;
const addressOf = (page, language) => `${pathToFileURL(`${folder}/${page}`)}?lang=${language}`;

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const faults = [], requests = [];

async function opened(settings, visit) {
  const context = await browser.newContext(settings), page = await context.newPage();
  page.on("pageerror", (error) => faults.push({ fault: String(error) }));
  page.on("request", (request) => { if (!request.url().startsWith("file:")) requests.push(request.url()); });
  await visit(page);
  await context.close();
}

for (const colorScheme of ["light", "dark"]) {
  await opened({ viewport: { width: 1280, height: 900 }, colorScheme, bypassCSP: true }, async (page) => {
    for (const name of pages) for (const language of ["zh", "en"]) {
      await page.goto(addressOf(name, language));
      await page.evaluate((most) => {
        if (document.querySelectorAll("*").length < most) for (const part of document.querySelectorAll("details")) part.open = true;
      }, MOST_OPENED);
      if (await page.locator("#later").count()) await settled(page); // the page that asks
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run());
      for (const one of violations) faults.push({ page: name, language, colorScheme, fault: one.id, at: one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)) });
    }
  });
}
for (const width of [320, 390]) {
  await opened({ viewport: { width, height: 700 } }, async (page) => {
    for (const name of pages) for (const language of ["zh", "en"]) {
      await page.goto(addressOf(name, language));
      await page.evaluate(() => { for (const part of document.querySelectorAll("details")) part.open = true; });
      const needed = await page.evaluate(() => document.documentElement.scrollWidth);
      if (needed > width) faults.push({ page: name, language, width, fault: `needs ${needed}` });
    }
  });
}
const found = {};
await opened({ viewport: { width: 390, height: 700 } }, async (page) => {
  for (const [name, words] of searches) {
    await page.goto(addressOf(name, "zh"));
    await page.fill("#search", words);
    await page.locator("#search-count span").first().waitFor({ state: "attached" });
    found[words] = await page.evaluate(() => [...document.querySelectorAll("#search-answers a")].map((link) => link.getAttribute("href")));
  }
});
let isInSight = false;
await opened({ viewport: { width: 390, height: 700 } }, async (page) => {
  await page.goto(addressOf(pages[0], "zh"));
  await page.evaluate(() => { for (const part of document.querySelectorAll("details")) part.open = true; scrollTo(0, 5000); });
  isInSight = await page.evaluate(() => document.getElementById("search").getBoundingClientRect().top >= 0);
});
await browser.close();
console.log(JSON.stringify({ faults, requests, found, isInSight }));
