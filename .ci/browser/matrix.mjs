// The page of servers side by side: node matrix.mjs INDEX.html [FOLDER FOR SCREENSHOTS]
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { contrasts, passed, start, test } from "./page.mjs";

const [file, pictures] = process.argv.slice(2);
const address = pathToFileURL(file).href;
const browser = await start();
const wide = { viewport: { width: 1280, height: 900 } };
const phone = { viewport: { width: 375, height: 800 }, hasTouch: true };
const shot = (page, name) => pictures && page.screenshot({ path: `${pictures}/matrix-${name}.png` });
const visible = (page, selector) => page.locator(`${selector}:visible`).count();

try {
  await test("requirements stand first, cases unfold", async () => {
    const page = await browser.open(address, wide);
    assert(await visible(page, "tbody.requirement") > 100);
    assert.equal(await visible(page, "tr.case"), 0);
    await shot(page, "wide");
    const fold = page.locator("tbody.requirement .fold").first();
    await fold.click();
    assert(await visible(page, "tr.case") > 0);
    assert.equal(await fold.getAttribute("aria-expanded"), "true");
    await page.locator("tr.case:visible .more").first().click();
    assert.equal(await visible(page, "tr.details"), 1);
    await page.getByRole("button", { name: "Fold all", exact: true }).click();
    assert.equal(await visible(page, "tr.case"), 0);
    assert.deepEqual(page.wrong, []);
  });

  await test("only the rows in which servers differ", async () => {
    const page = await browser.open(address, wide);
    await page.getByLabel("only rows where servers differ").check();
    const shown = await visible(page, "tr.case");
    assert(shown > 0);
    assert.equal(await visible(page, "tr.case[data-differs=false]"), 0);
    const said = await page.locator("#page-shown").textContent();
    assert(said.startsWith(`${shown} of `), said);
    await shot(page, "differing");
    await page.getByLabel("Level").selectOption("may");
    assert.equal(await visible(page, "tr.case:not([data-level=may])"), 0);
    assert(await visible(page, "td.seen") > 0);
    assert.deepEqual(page.wrong, []);
  });

  await test("search by keyboard", async () => {
    const page = await browser.open(address, wide);
    await page.keyboard.press("/");
    await page.keyboard.type("set-cookie.two");
    assert(await visible(page, "tr.case") >= 1);
    await page.keyboard.type(" nothing-like-it");
    assert(await page.locator("#page-nothing").isVisible());
    await page.keyboard.press("Escape");
    assert(await visible(page, "tbody.requirement") > 100);
    await page.locator("tbody.requirement .fold").first().focus();
    await page.keyboard.press("Enter");
    assert(await visible(page, "tr.case") > 0);
    assert.deepEqual(page.wrong, []);
  });

  await test("a link to a case shows it", async () => {
    const page = await browser.open(`${address}#header-block.set-cookie.two`, wide);
    assert(await page.locator("[id='header-block.set-cookie.two']").isVisible());
    assert.equal(await visible(page, "tr.details"), 1);
    assert.deepEqual(page.wrong, []);
  });

  await test("phone, light and dark", async () => {
    for (const colorScheme of ["light", "dark"]) {
      const page = await browser.open(address, { ...phone, colorScheme });
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert(inner <= outer, `${inner} > ${outer}: the page scrolls sideways`);
      await page.getByRole("button", { name: "Unfold all" }).click();
      await shot(page, `phone-${colorScheme}`);
      const low = await contrasts(page, "tr.case:visible td, tbody.chapter th, .percent, .keyword, .name");
      assert(low.length > 0 && low[0].ratio >= 4.5, JSON.stringify(low[0]));
      assert.deepEqual(page.wrong, []);
    }
  });
  passed();
} finally {
  await browser.close();
}
