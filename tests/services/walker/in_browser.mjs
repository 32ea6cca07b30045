// Answers in a browser, one line a question. Arguments: the module, and the browser.
import fs from "node:fs";
import readline from "node:readline";
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../browser/", import.meta.url))("playwright-core");
const [module, executablePath] = process.argv.slice(2);
const texts = [fs.readFileSync(module, "utf-8"), fs.readFileSync(new URL("answering.mjs", import.meta.url), "utf-8")];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.evaluate(async (own) => {
  const opened = own.map((text) => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" }))));
  const [walker, { answering }] = await Promise.all(opened);
  globalThis.said = answering(walker);
}, texts);
for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${await page.evaluate((own) => globalThis.said(own), line)}\n`);
}
await browser.close();
