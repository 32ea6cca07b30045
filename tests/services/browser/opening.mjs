// The page that asks, opened in a browser: its states by fragments of the address, and what is wrong while it is open.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(import.meta.url)("playwright-core");
export const DESK = { width: 1280, height: 900 };

/** A browser with the page in a file: `opened(settings, fragment, visit)` shows it, `faults` and `requests` are what went wrong. */
export async function opening(executablePath, file) {
  const address = pathToFileURL(file).href,
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const faults = [], requests = [];
  const opened = async (settings, fragment, visit) => {
    const context = await browser.newContext({ viewport: DESK, ...settings }), page = await context.newPage();
    page.on("pageerror", (error) => faults.push({ fault: String(error.stack) }));
    page.on("console", (message) => { if (message.type() === "error") faults.push({ fault: message.text() }); });
    page.on("request", (request) => { if (!request.url().startsWith(address)) requests.push(request.url()); });
    await page.goto(address + fragment);
    await settled(page);
    await visit(page);
    await context.close();
  };
  return { browser, opened, faults, requests };
}

/** Wait until everything is drawn; nothing is evaluated from text, which the page forbids. */
export async function settled(page) {
  await page.locator("#bar a").waitFor({ state: "attached" });
  await page.locator("#later:not([aria-busy])").waitFor({ state: "attached" });
}

/** Paste the list, and wait until every line is answered. */
export async function pasted(page, text) {
  await page.locator("#list-open").click();
  await page.locator("#list-text").fill(text);
  await page.locator("#list-read").click();
  await page.locator("#list-lines table").waitFor();
  await settled(page);
}

export const fragmentOf = (facts, more = {}) => `#${new URLSearchParams({ place: "cn", language: "zh", ...facts, ...more })}`;
export const inLanguage = (fragment, language) => fragment.replace("language=zh", `language=${language}`);

/** The states in which the page is looked at, by what is answered in them. */
export function statesOf(answers) {
  const some = Object.fromEntries(Object.entries(answers).filter(([name]) => !name.startsWith("is_small") && !name.startsWith("is_loose")));
  return {
    empty: fragmentOf({}),
    undetermined: fragmentOf(some),
    settled: fragmentOf(answers),
    contradiction: fragmentOf({ organizational_form: "social_group", individual_members: "18", party_members: "40", activity_funds: "-5" }),
    trial: fragmentOf({ organizational_form: "social_group" }, { "number.minimum_individual_members": "40" }),
    reading: fragmentOf(answers, { "reading.a3_tier_basis": "status" }),
  };
}
