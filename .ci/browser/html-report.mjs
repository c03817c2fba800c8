// The HTML report as people use it: html-report.mjs GREEN.html RED.html RED.json [SCREENSHOTS]
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { contrasts, passed, start, test } from "./page.mjs";

const [green, red] = process.argv.slice(2, 4).map((file) => pathToFileURL(resolve(file)).href);
const report = JSON.parse(readFileSync(process.argv[4], "utf8"));
const folder = process.argv[5];
if (folder) mkdirSync(folder, { recursive: true });
const picture = (page, name) => folder && page.screenshot({ path: `${folder}/${name}.png` });

const failed = report.records.filter((record) => record.outcome === "fail");
assert(failed.length > 3, "the red report has failures");
const first = failed[0];
const slug = (id) => `[id="${id.replace(/[^A-Za-z0-9._-]/g, "_")}"]`;
const browser = await start();

const visible = (page) => page.locator("details.case:visible").count();
const shown = (page) => page.locator("#page-shown").textContent();
const opened = (page, id) => page.locator(`details.case:has(${slug(id)})`).evaluate((element) => element.open);
const fine = (page) => assert.deepEqual(page.wrong, []);

await test("a green report says so", async () => {
  const page = await browser.open(green, { viewport: { width: 1280, height: 900 } });
  assert.match(await page.locator("h1").textContent(), /^(Conformant|As the baseline says)$/);
  assert.equal(await page.locator('details.case[data-outcome="fail"]').count(), 0);
  assert((await visible(page)) > 100);
  await picture(page, "green");
  fine(page);
});

const page = await browser.open(red, { viewport: { width: 1280, height: 900 } });

await test("a red report says so, with all of its cases", async () => {
  assert.equal(await page.locator("h1").textContent(), "Not conformant");
  assert.equal(await visible(page), report.records.length);
  assert.equal(await shown(page), `${report.records.length} cases`);
  assert.equal(await page.locator(".attention li").count(), Math.min(25, report.records.filter((r) => ["fail", "setup-failed", "harness-error", "unexpected-pass", "warn"].includes(r.outcome)).length));
  await picture(page, "red");
});

await test("searching finds by id, title, requirement and value", async () => {
  const terms = [first.id, first.title.split("`")[0].trim(), first.requirements[0], first.mismatch.subject];
  for (const term of terms) {
    await page.fill("#page-search", term);
    assert(await page.locator(`details.case:has(${slug(first.id)})`).isVisible(), term);
    assert.equal(await shown(page), `${await visible(page)} of ${report.records.length} cases`, term);
  }
  await page.fill("#page-search", "qzx-no-such-case");
  assert.equal(await visible(page), 0);
  await page.press("#page-search", "Escape");
  assert.equal(await visible(page), report.records.length);
});

await test("filters by outcome, area and level, and their combination", async () => {
  const count = (fits) => report.records.filter(fits).length;
  const fails = page.locator('.choice[data-outcome="fail"]');
  await fails.click();
  assert.equal(await fails.getAttribute("aria-pressed"), "true");
  assert.equal(await visible(page), failed.length);
  await page.selectOption("#page-area", first.area);
  assert.equal(await visible(page), count((r) => r.outcome === "fail" && r.area === first.area));
  await page.selectOption("#page-level", "must");
  assert.equal(await visible(page), count((r) => r.outcome === "fail" && r.area === first.area && r.level === "must"));
  await page.locator('.choice[data-outcome="pass"]').click();
  assert.equal(await visible(page), count((r) => ["fail", "pass"].includes(r.outcome) && r.area === first.area && r.level === "must"));
  await picture(page, "filtered");
  await page.click("#page-reset");
  assert.equal(await visible(page), report.records.length);
  assert.equal(await page.locator("#page-reset").isVisible(), false);
});

await test("a case opens to the requirement, the difference and the bytes", async () => {
  const item = page.locator(`details.case:has(${slug(first.id)})`);
  await item.locator("summary").click();
  const text = await item.innerText();
  const requirement = report.requirements[first.requirements[0]];
  assert(text.includes(first.requirements[0]) && text.includes(requirement.keyword));
  const plain = requirement.text.replace(/[`*]/g, "").slice(0, 30).split("\n")[0];
  assert(text.includes(plain), `${plain} in ${text}`);
  assert(text.includes(first.mismatch.subject));
  assert(text.includes(first.reproducer.line.slice(0, 20)));
  assert(text.includes(first.replay), `${first.replay} in ${text}`);
  const wire = await item.locator(".wire").first().innerText();
  assert(wire.startsWith(first.exchanges[0].request.slice(0, 20)), wire);
  assert.equal(new URL(page.url()).hash, `#${await item.locator(".body").getAttribute("id")}`);
  await item.scrollIntoViewIfNeeded();
  await picture(page, "case");
});

await test("the link of a case opens it, wherever it is, and going back works", async () => {
  const last = failed.at(-1);
  const other = await browser.open(`${red}${slug(last.id).replace('[id="', "#").replace('"]', "")}`, { viewport: { width: 1280, height: 900 } });
  assert(await opened(other, last.id));
  const box = await other.locator(`details.case:has(${slug(last.id)}) summary`).boundingBox();
  assert(box.y >= 0 && box.y < 900, `scrolled to ${box.y}`);
  // A link on the page, also while a filter hides its case.
  await other.fill("#page-search", last.id);
  await other.locator(".attention a").first().click();
  const target = await other.locator(".attention a").first().getAttribute("href");
  assert.equal(new URL(other.url()).hash, target);
  assert(await opened(other, first.id) || (await other.locator(`details.case:has([id="${target.slice(1)}"])`).evaluate((e) => e.open)));
  await other.goBack();
  assert.notEqual(new URL(other.url()).hash, target);
  fine(other);
});

await test("the keyboard is enough", async () => {
  const keys = await browser.open(red, { viewport: { width: 1280, height: 900 } });
  await keys.keyboard.press("Tab");
  assert.equal(await keys.evaluate(() => document.activeElement.className), "skip");
  await keys.keyboard.press("/");
  assert.equal(await keys.evaluate(() => document.activeElement.id), "page-search");
  await keys.keyboard.type(first.id);
  assert(await keys.locator(`details.case:has(${slug(first.id)})`).isVisible());
  // On to the first case: past the filters, each of which can be seen to have the focus.
  for (let i = 0; i < 30; i += 1) {
    await keys.keyboard.press("Tab");
    const [name, outline] = await keys.evaluate(() => [document.activeElement.localName, getComputedStyle(document.activeElement).outlineStyle]);
    assert.notEqual(outline, "none", `the focus on ${name} cannot be seen`);
    if (name === "summary") break;
  }
  assert.equal(await keys.evaluate(() => document.activeElement.localName), "summary");
  await keys.keyboard.press("Enter");
  assert(await keys.evaluate(() => document.activeElement.parentElement.open));
  await keys.keyboard.press("Space");
  assert.equal(await keys.evaluate(() => document.activeElement.parentElement.open), false);
  fine(keys);
});

await test("a phone shows it without scrolling sideways", async () => {
  const phone = await browser.open(`${red}#${first.id}`, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 });
  const [width, size] = await phone.evaluate(() => [document.documentElement.scrollWidth, parseFloat(getComputedStyle(document.body).fontSize)]);
  assert.equal(width, 390);
  assert(size >= 16);
  const small = await phone.$$eval(".choice, select, input, summary, .copy", (elements) => elements
    .filter((e) => e.checkVisibility())
    .map((e) => [e.className || e.localName, e.getBoundingClientRect().height])
    .filter(([, height]) => height < 24));
  assert.deepEqual(small, [], "what is tapped is at least 24 pixels high");
  const tiny = await phone.$$eval("body *", (elements) => elements
    .filter((e) => e.checkVisibility() && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim() !== ""))
    .map((e) => [e.className || e.localName, parseFloat(getComputedStyle(e).fontSize)])
    .filter(([, pixels]) => pixels < 12));
  assert.deepEqual(tiny, []);
  await picture(phone, "phone");
  fine(phone);
});

for (const colorScheme of ["light", "dark"]) {
  await test(`text can be read in ${colorScheme}`, async () => {
    const themed = await browser.open(`${red}#${first.id}`, { colorScheme, viewport: { width: 1280, height: 900 } });
    const texts = await contrasts(themed, "h1, h2, h3, p, dt, dd, th, td, a, label, .badge, .id, .title, .level, .time, .choice, .keyword, pre, pre b, pre i, mark, figcaption, code");
    assert(texts.length > 100);
    const weak = texts.filter(({ ratio, name }) => ratio < 4.5 && !name.includes("zero"));
    assert.deepEqual(weak.slice(0, 5), []);
    const scheme = await themed.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const bright = scheme.match(/\d+/g).slice(0, 3).every((c) => Number(c) > 128);
    assert.equal(bright, colorScheme === "light", scheme);
    await picture(themed, colorScheme);
    fine(themed);
  });
}

await test("what a server sent stays text", async () => {
  // The red report holds the bytes of hostile modules: no element may have come of them.
  const names = await page.evaluate(() => [...new Set([...document.querySelectorAll("*")].map((e) => e.localName))].sort());
  for (const name of ["img", "iframe", "object", "embed", "base"]) assert(!names.includes(name), name);
  assert.equal(await page.locator("script").count(), 1);
});

await test("without JavaScript it is a document", async () => {
  const plain = await browser.open(red, { javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  assert.equal(await plain.locator("#page-filters").isVisible(), false);
  assert.equal(await plain.locator("details.case").count(), report.records.length);
  await plain.locator(`details.case:has(${slug(first.id)}) summary`).click();
  assert(await plain.locator(`${slug(first.id)} .wire`).first().isVisible());
});

await test("it prints the failures in full, without the filters", async () => {
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("#page-filters").isVisible(), false);
  await page.emulateMedia({ media: "screen" });
});

await test("nothing was asked for, and the console is empty", async () => fine(page));
await browser.close();
passed();
