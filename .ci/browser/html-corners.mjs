// The HTML report at its edges: html-corners.mjs RED.html HOSTILE.html LARGE.html [SCREENSHOTS]
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { contrasts, passed, start, test } from "./page.mjs";

const [red, hostile, large] = process.argv.slice(2, 5).map((file) => pathToFileURL(resolve(file)).href);
const folder = process.argv[5];
if (folder) mkdirSync(folder, { recursive: true });
const shoot = (page, name) => folder && page.screenshot({ path: `${folder}/${name}.png` });
const desktop = { viewport: { width: 1200, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const browser = await start();
const shown = (page) => page.locator("details.case:not([hidden])");

/** Runs `body` on a page of its own, which must do nothing that a page must never do. */
async function on(address, options, body) {
  const page = await browser.open(address, options);
  await body(page);
  assert.deepEqual(page.wrong, []);
  await page.context().close();
}

await test("back and forward go from case to case", async () => {
  let ids;
  await on(red, desktop, async (page) => {
    ids = await page.locator('details.case[data-outcome="fail"] .body').evaluateAll((all) => all.map((one) => one.id));
  });
  const [a, b] = [ids[0], ids[ids.length - 1]];
  await on(`${red}#${b}`, desktop, async (page) => {
    const of = (id) => page.locator("details.case").filter({ has: page.locator(`[id="${id}"]`) });
    const is = async (id, open) => assert.equal(await of(id).evaluate((one) => one.open), open, `${id} ${open}`);
    const until = (id, open) => page.waitForFunction(([i, o]) => document.getElementById(i).closest("details").open === o, [id, open]);
    await is(b, true);
    const bar = await page.locator("#page-filters").evaluate((one) => one.getBoundingClientRect().bottom);
    const top = await of(b).evaluate((one) => one.getBoundingClientRect().top);
    assert.ok(top >= bar - 1 && top < 800, `scrolled to ${top}, behind the bar to ${bar}`);
    await page.reload();
    await is(b, true);
    await of(a).locator("summary").click();
    assert.ok(page.url().endsWith(`#${a}`));
    await page.goBack();
    assert.ok(page.url().endsWith(`#${b}`));
    await until(a, false);
    await is(b, true);
    await page.goForward();
    await until(a, true);
    // A case that a filter hides comes back when its address is asked for.
    await page.fill("#page-search", "nothing is called like this");
    await page.evaluate((id) => { location.hash = id; }, b);
    await until(b, true);
    assert.ok(await of(b).isVisible());
    // No address of this page, and no error either.
    await page.evaluate(() => { location.hash = "%E0%A4%A"; });
    await page.waitForFunction(() => document.querySelector("details.linked") === null);
  });
});

await test("the keyboard goes from search through the filters to the cases", async () => {
  await on(red, desktop, async (page) => {
    const at = () => page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.localName);
    await page.keyboard.press("/");
    await page.keyboard.type("a/b");
    assert.equal(await page.inputValue("#page-search"), "a/b", "in the field / is a letter");
    await page.keyboard.press("Escape");
    assert.equal(await page.inputValue("#page-search"), "");
    const order = [];
    while (order.length < 20 && order.at(-1) !== "summary") {
      await page.keyboard.press("Tab");
      order.push(await at());
    }
    const places = ["choice", "page-area", "page-level", "summary"].map((name) => order.indexOf(name));
    assert.ok(places[0] >= 0 && places.every((place, i) => i === 0 || place > places[i - 1]), order.join(" "));
    await page.locator('.choice[data-outcome="fail"]').focus();
    await page.keyboard.press("Space");
    assert.equal(await page.locator('.choice[data-outcome="fail"]').getAttribute("aria-pressed"), "true");
  });
});

await test("a phone has room for thumbs and never scrolls sideways", async () => {
  for (const [name, address] of Object.entries({ red, hostile })) {
    await on(address, phone, async (page) => {
      await page.locator('details.case[data-outcome="fail"] summary').first().click();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${name}: ${width}`);
      const small = await page.evaluate(() => {
        const found = [];
        for (const element of document.querySelectorAll("button, select, input, summary, .attention a, .areas a")) {
          if (!element.checkVisibility()) continue;
          const { width, height } = element.getBoundingClientRect();
          if (height < (element.matches("a") ? 24 : 40) || width < 24) found.push(`${element.localName}.${element.className} ${width}x${height}`);
        }
        return [...new Set(found)];
      });
      assert.deepEqual(small, []);
      assert.ok(await page.locator(".areas tbody .bar").first().isVisible(), "the picture is there on a phone, too");
      await page.evaluate(() => scrollTo(0, 0));
      await shoot(page, `phone-${name}`);
      await page.locator('details.case[data-outcome="fail"]').first().evaluate((one) => one.scrollIntoView());
      await shoot(page, `phone-${name}-case`);
    });
  }
});

await test("every text of every kind of case can be read, light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    await on(red, { ...desktop, colorScheme }, async (page) => {
      // One of each outcome is enough.
      await page.evaluate(() => {
        for (const choice of document.querySelectorAll(".choice")) {
          document.querySelector(`details.case[data-outcome="${choice.dataset.outcome}"]`).open = true;
        }
        for (const one of document.querySelectorAll("details.seen")) one.open = true;
      });
      const weak = (await contrasts(page, ".areas td, .areas th, .seen *, .case[open] *, .shown, .filters label, .legend *, .facts *"))
        .filter(({ ratio }) => ratio < 4.5);
      assert.deepEqual(weak.slice(0, 5), [], colorScheme);
    });
  }
});

await test("nothing moves for those who do not want it", async () => {
  await on(red, { ...desktop, reducedMotion: "reduce" }, async (page) => {
    await page.locator("details.case summary").first().click();
    const moving = await page.evaluate(() => [document.getAnimations().length, getComputedStyle(document.documentElement).scrollBehavior]);
    assert.deepEqual(moving, [0, "auto"]);
  });
});

await test("paper shows in full what does not conform", async () => {
  await on(red, desktop, async (page) => {
    await page.emulateMedia({ media: "print" });
    const visible = await page.evaluate(() => ["fail", "pass"]
      .map((outcome) => document.querySelector(`details.case[data-outcome="${outcome}"] .wire`).checkVisibility()));
    assert.deepEqual(visible, [true, false]);
    assert.ok((await page.pdf({ format: "A4" })).length > 50_000);
  });
});

await test("what a hostile server sends is text", async () => {
  await on(hostile, desktop, async (page) => {
    await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.ok(!(await page.title()).includes("owned"));
    const counts = await page.evaluate(() => [document.scripts.length, document.images.length, document.querySelectorAll("main").length]);
    assert.deepEqual(counts, [1, 0, 1]);
    const html = await page.evaluate(() => document.documentElement.outerHTML);
    assert.ok(!/[\u202A-\u202E\u2066-\u2069\u200B\uFEFF\u0000-\u0008\u001B]/u.test(html), "nothing invisible");
    assert.ok(html.includes("&lt;script&gt;document.title="), "the bytes are there");
    await page.fill("#page-search", "<script>");
    assert.ok(await shown(page).count() > 0);
    await shoot(page, "hostile");
  });
});

await test("thousands of cases load and filter", async () => {
  await on(large, desktop, async (page) => {
    const all = await shown(page).count();
    assert.ok(all > 3000, `${all} cases`);
    await page.fill("#page-search", "status");
    assert.ok(await shown(page).count() < all);
    await page.locator('.choice[data-outcome="fail"]').click();
    await page.locator("#page-reset").click();
    assert.equal(await page.locator("#page-shown").textContent(), `${all} cases`);
  });
});

await browser.close();
passed();
