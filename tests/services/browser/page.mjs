// Uses the page as people do, and prints, as JSON, what it showed and what is wrong with it.
// Arguments: the browser, and a JSON object {file, answers, list, pdf}: answers by fact, as texts, what is not in them is not known.
import { fragmentOf, inLanguage, opening, pasted, settled, statesOf } from "./opening.mjs";

const [executablePath, asked] = process.argv.slice(2);
const { file, answers, list, pdf } = JSON.parse(asked);
const PHONE = { width: 375, height: 740 };
const MOST = 60;
const STATES = statesOf(answers), shown = {};
const { browser, opened, faults, requests } = await opening(executablePath, file);

const bar = (page) => page.locator("#bar").innerText();
const nowAsked = async (page) => ((await page.locator("#question legend").count()) ? (await page.locator("#question legend").getAttribute("id")).slice("ask-".length) : null);
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);

/** Answer by clicks until nothing is asked; the number of clicks, numbers typed, and each question with its answer. */
async function clicked(page) {
  const path = [];
  let clicks = 0, typed = 0;
  for (let name = await nowAsked(page); name && path.length < MOST; name = await nowAsked(page)) {
    const value = answers[name] ?? "?", form = page.locator("#question");
    path.push([name, value]);
    if (await form.locator("#value").count() && value !== "?") {
      await form.locator("#value").fill(value);
      await form.locator("button.main").click();
      [clicks, typed] = [clicks + 1, typed + 1];
    } else if (await form.locator(".members").count() && value !== "?") {
      for (const own of value.split(".")) { await form.locator(`input[value="${own}"]`).check(); clicks += 1; }
      await form.locator("button.main").click();
      clicks += 1;
    } else {
      await form.locator(`button[value="${value}"]`).click();
      clicks += 1;
    }
  }
  await settled(page);
  return { clicks, typed, path, bar: await bar(page), hash: new URL(page.url()).hash };
}

/** The same with Tab, Space and Enter alone. */
async function byKeyboard(page) {
  const path = [];
  for (let name = await nowAsked(page); name && path.length < MOST; name = await nowAsked(page)) {
    const value = answers[name] ?? "?";
    path.push([name, value]);
    if (path.length === 3) await page.locator("#skip").focus().then(() => page.keyboard.press("Enter"));
    const wanted = value === "?" || (await page.locator(`#question button[value="${value}"]`).count()) ? [value] : await page.locator("#value").count() ? ["#value"] : value.split(".");
    for (const own of wanted) {
      if (!(await tabbedTo(page, own))) return { path, stuck: name };
      if (own === "#value") await page.keyboard.type(value);
      else await page.keyboard.press("Space");
    }
    if (wanted[0] === "#value") await page.keyboard.press("Enter");
    else if (!(await page.locator(`#question button[value="${value}"]`).count()) && (await nowAsked(page)) === name) {
      if (!(await tabbedTo(page, "main"))) return { path, stuck: name };
      await page.keyboard.press("Enter");
    }
    const place = await focused(page);
    if (!place.startsWith("ask-") && place !== "settled") return { path, stuck: `${name}: the focus is on ${place}` };
  }
  await settled(page);
  return { path, bar: await bar(page) };
}

async function tabbedTo(page, wanted) {
  for (let step = 0; step < 40; step += 1) {
    const isThere = await page.evaluate((own) => {
      const one = document.activeElement;
      if (!one.closest("#question") || one.tagName === "LEGEND") return false;
      return own === "#value" ? one.id === "value" : own === "main" ? one.classList.contains("main") : one.value === own && (one.tagName === "BUTTON" || one.type === "checkbox");
    }, wanted);
    if (isThere) return true;
    await page.keyboard.press("Tab");
  }
  return false;
}

// ------------------------------------------------ paths

await opened({}, STATES.empty, async (page) => {
  shown.zh = await clicked(page);
  shown.answers = (await page.locator("#answer").innerText()).split("\n");
  await page.reload();
  await settled(page);
  shown.reloaded = { bar: await bar(page), said: await page.locator(".answered li").count() };
  await page.locator("#language").click();
  await settled(page);
  shown.translated = { bar: await bar(page), lang: await page.locator("html").getAttribute("lang"), focus: await focused(page) };
  await page.locator("#tools button").last().click();
  await settled(page);
  shown.emptied = await page.locator(".answered li").count();
  await page.locator("#ask .note button").first().click();
  await settled(page);
  shown.restored = await bar(page);
});
await opened({ viewport: PHONE, hasTouch: true, isMobile: true }, inLanguage(STATES.empty, "en"), async (page) => { shown.phone = await clicked(page); });
await opened({}, inLanguage(STATES.empty, "en"), async (page) => { shown.keyboard = await byKeyboard(page); });
await opened({}, STATES.settled, async (page) => {
  await page.locator("#more button").first().click();
  await settled(page);
  shown.further = await nowAsked(page);
  await page.locator("#place").selectOption("4403");
  await settled(page);
  shown.moved = { said: await page.locator(".answered li").count(), hash: new URL(page.url()).hash.includes("place=4403") };
});
await opened({}, STATES.contradiction, async (page) => {
  shown.contradiction = { text: await page.locator(".problems").innerText(), said: await page.locator(".answered li").count(), wrong: await page.locator(".said.wrong").count() };
  await page.locator(".answered button", { hasText: "修改" }).nth(1).click();
  await page.locator("#value").fill("many");
  await page.locator("#question button.main").click();
  shown.refused = await page.locator("#question .problem").innerText();
});
await opened({}, fragmentOf({ organizational_form: "social_group" }), async (page) => {
  await page.locator("#numbers summary").click();
  await page.locator("[id='number-minimum_individual_members']").focus();
  await page.keyboard.press("ArrowLeft");
  await settled(page);
  shown.tried = { text: await page.locator("#first .judged").innerText(), focus: await focused(page), hash: new URL(page.url()).hash.includes("number.minimum_individual_members=49") };
  const fund = page.locator("[id='number-minimum_original_fund/non_public']");
  await fund.focus();
  await page.keyboard.press("End");
  shown.stopped = { value: await fund.inputValue(), text: await page.locator(".slider [role=status]:not(:empty)").innerText() };
  await page.locator("#first .judged button").click();
  await settled(page);
  shown.back = await page.locator("#first .judged").count();
});
const rowsOf = (page) => page.locator("#list tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText)));

await opened({}, STATES.empty, async (page) => {
  await pasted(page, list);
  shown.list = { rows: await rowsOf(page), count: await page.locator("#list-count").innerText(), unread: await page.locator("#list-unread li").allInnerTexts() };
  await page.locator('[data-line="2"]').click();
  await settled(page);
  shown.chosen = { bar: await bar(page), focus: await focused(page), name: await page.locator("#name").inputValue(), said: await page.locator(".answered li").count() };
  await page.locator("#numbers summary").click();
  const slider = page.locator("[id='number-minimum_individual_members']");
  await slider.focus();
  for (let step = 0; step < 10; step += 1) await page.keyboard.press("ArrowLeft");
  await page.locator('#list-groups [data-key="moved"]').waitFor();
  await page.locator('#list-groups [data-key="moved"]').click();
  await page.emulateMedia({ media: "print" });
  shown.printed = await page.locator("body > *").evaluateAll((parts) => parts.filter((part) => part.offsetParent).map((part) => part.id));
  await page.emulateMedia({ media: "screen" });
  shown.moves = { rows: await rowsOf(page), count: await page.locator("#list-count").innerText(), focus: await focused(page) };
  await page.locator("#first .judged button").click();
  await page.locator(".answered button", { hasText: "收回" }).nth(0).click();
  await settled(page);
  await page.locator("#day").fill("2027-02-01");
  await settled(page);
  shown.edited = { rows: await rowsOf(page), hash: new URL(page.url()).hash.includes("day=2027-02-01"), said: await page.locator(".answered li").count() };
});
await opened({}, STATES.empty, async (page) => {
  await page.locator("#list-open").click();
  await page.locator("#list-file").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(list, "utf-8") });
  await page.locator("#list-lines table").waitFor();
  shown.fromFile = await rowsOf(page);
});
await opened({}, STATES.settled, async (page) => {
  await page.locator("#name").fill("柳湾第3舞队");
  await page.pdf({ path: pdf, preferCSSPageSize: true });
  shown.paper = (await page.locator("#paper").textContent()).slice(0, 400);
});

await browser.close();
console.log(JSON.stringify({ faults, requests, shown }));
