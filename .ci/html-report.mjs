// Tests of the HTML report: FOLDER holds green.html, red.html, hostile.html and large.html;
// screenshots go to the second folder, if there is one.
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [folder, shots] = process.argv.slice(2);
const address = (name, id = "") => pathToFileURL(path.join(folder, `${name}.html`)).href + (id && `#${id}`);
const desktop = { viewport: { width: 1200, height: 900 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const problems = [];

/** A page of its own for each test; whatever it asks for or complains of is a problem. */
async function open(name, { id = "", ...options } = desktop) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (message) => problems.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => { problems.push("a dialog"); dialog.dismiss(); });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(address(name)) && url !== "data:,") problems.push(`request: ${url}`);
  });
  await page.goto(address(name, id));
  return page;
}

const tests = [];
const test = (title, body) => tests.push([title, body]);
const shown = (page) => page.locator("details.case:not([hidden])");
const said = (page) => page.locator("#page-shown").textContent();
const shoot = async (page, name) => { if (shots) await page.screenshot({ path: path.join(shots, `${name}.png`) }); };

test("a green and a red report say so", async () => {
  const green = await open("green");
  assert.equal(await green.locator("h1").textContent(), "Conformant");
  assert.equal(await green.locator(".attention").count(), 0);
  assert.ok(await green.locator(".seen li").count() > 3, "observations");
  const red = await open("red");
  assert.equal(await red.locator("h1").textContent(), "Not conformant");
  assert.ok(await red.locator(".attention li").count() > 5);
  assert.ok(await red.locator(".areas tbody .bar").count() > 10, "a picture of each chapter");
  await shoot(green, "green");
  await shoot(red, "red");
});

test("search finds ids, titles and values, and counts", async () => {
  const page = await open("red");
  const all = await shown(page).count();
  assert.equal(await said(page), `${all} cases`);
  await page.fill("#page-search", "LOCATION absolute");
  const found = await shown(page).count();
  assert.ok(found > 0 && found < all);
  assert.equal(await said(page), `${found} of ${all} cases`);
  for (const text of await shown(page).allTextContents()) assert.match(text.toLowerCase(), /location[^]*absolute|absolute[^]*location/);
  await page.fill("#page-search", "nothing is called like this");
  assert.equal(await shown(page).count(), 0);
  await page.locator("#page-reset").click();
  assert.equal(await shown(page).count(), all);
});

test("filters by area, level and outcome combine", async () => {
  const page = await open("red");
  const all = await shown(page).count();
  const count = (selector) => page.locator(`details.case${selector}`).count();
  await page.locator('.choice[data-outcome="fail"]').click();
  const failed = await shown(page).count();
  assert.equal(failed, await count('[data-outcome="fail"]'));
  assert.equal(Number(await page.locator('.choice[data-outcome="fail"] .number').textContent()), failed);
  await page.locator('.choice[data-outcome="warn"]').click();
  assert.equal(await shown(page).count(), failed + await count('[data-outcome="warn"]'));
  await page.locator('.choice[data-outcome="warn"]').click();
  await page.selectOption("#page-area", "header-block");
  const both = await count('[data-outcome="fail"][data-area="header-block"]');
  assert.ok(both > 0 && both < failed);
  assert.equal(await said(page), `${both} of ${all} cases`);
  await page.selectOption("#page-level", "may");
  assert.equal(await shown(page).count(), 0, "no observation fails");
  await page.selectOption("#page-level", "must");
  assert.equal(await shown(page).count(), both);
  await page.locator("#page-reset").click();
  assert.equal(await said(page), `${all} cases`);
});

test("a case opens to the requirement, the difference, the line to repeat it and the bytes", async () => {
  const page = await open("red");
  const one = page.locator('details.case[data-outcome="fail"]').first();
  await one.locator("summary").click();
  for (const part of [".requirement", ".value.expected", ".value.actual", ".copied .value", ".wire >> nth=0", ".wire >> nth=1"]) {
    assert.ok(await one.locator(part).first().isVisible(), part);
  }
  assert.match(await one.locator(".wire").first().textContent(), / HTTP\/1\.[01]\\r\\n/);
  assert.match(await one.locator(".wire").nth(1).textContent(), /^HTTP\/1\.1 \d{3}/);
  assert.ok((await one.locator(".requirement").first().textContent()).length > 60);
  await one.scrollIntoViewIfNeeded();
  await shoot(page, "case");
});

test("the address of a case opens it, and back and forward follow", async () => {
  const first = await open("red");
  const ids = await first.locator('details.case[data-outcome="fail"] .body').evaluateAll((all) => all.map((one) => one.id));
  const [a, b] = [ids[0], ids[ids.length - 1]];
  const page = await open("red", { ...desktop, id: b });
  const of = (id) => page.locator("details.case").filter({ has: page.locator(`[id="${id}"]`) });
  const is = async (id, open) => assert.equal(await of(id).evaluate((one) => one.open), open, `${id} ${open}`);
  await is(b, true);
  const top = () => of(b).evaluate((one) => one.getBoundingClientRect().top);
  const bar = await page.locator("#page-filters").evaluate((one) => one.getBoundingClientRect().bottom);
  assert.ok(await top() >= bar - 1 && await top() < 700, `scrolled to: ${await top()}`);
  await page.reload();
  await is(b, true);
  await of(a).locator("summary").click();
  assert.ok(page.url().endsWith(`#${a}`));
  await is(a, true);
  await page.goBack();
  assert.ok(page.url().endsWith(`#${b}`));
  await page.waitForFunction((id) => !document.getElementById(id).closest("details").open, a);
  await is(b, true);
  await page.goForward();
  await page.waitForFunction((id) => document.getElementById(id).closest("details").open, a);
  // A hidden case comes back when its address is asked for.
  await page.fill("#page-search", "nothing is called like this");
  await page.evaluate((id) => { location.hash = id; }, b);
  await page.waitForFunction((id) => document.getElementById(id).closest("details").open, b);
  assert.ok(await of(b).isVisible());
  await page.evaluate(() => { location.hash = "%E0%A4%A"; });
});

test("the keyboard is enough", async () => {
  const page = await open("red");
  const focused = () => page.evaluate(() => {
    const at = document.activeElement;
    const style = getComputedStyle(at);
    return { name: at.tagName, id: at.id, class: at.className, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 };
  });
  await page.keyboard.press("Tab");
  assert.equal((await focused()).class, "skip", "first comes the link to the cases");
  await page.keyboard.press("Enter");
  await page.keyboard.press("/");
  assert.equal((await focused()).id, "page-search");
  await page.keyboard.type("status");
  const found = await shown(page).count();
  await page.keyboard.press("Escape");
  assert.ok(await shown(page).count() > found, "Escape empties the search");
  await page.keyboard.type("a/b");
  assert.equal(await page.inputValue("#page-search"), "a/b", "in the field / is a letter");
  await page.keyboard.press("Escape");
  const order = [];
  let at;
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press("Tab");
    at = await focused();
    assert.ok(at.outline, `focus shows on ${JSON.stringify(at)}`);
    order.push(at.id || at.class || at.name);
    if (at.name === "SUMMARY") break;
  }
  assert.equal(at.name, "SUMMARY", order.join(" "));
  assert.ok(order.indexOf("choice") < order.indexOf("page-area") && order.indexOf("page-area") < order.indexOf("page-level"), order.join(" "));
  const isOpen = () => page.evaluate(() => document.activeElement.parentElement.open);
  await page.keyboard.press("Enter");
  assert.ok(await isOpen());
  await page.keyboard.press("Space");
  assert.ok(!await isOpen());
  await page.locator('.choice[data-outcome="fail"]').focus();
  await page.keyboard.press("Space");
  assert.equal(await page.locator('.choice[data-outcome="fail"]').getAttribute("aria-pressed"), "true");
});

test("a phone shows everything without scrolling sideways", async () => {
  for (const name of ["red", "hostile"]) {
    const page = await open(name, phone);
    await page.locator('details.case[data-outcome="fail"] summary').first().click();
    const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
    assert.ok(scroll <= client, `${name}: ${scroll} of ${client}`);
    const small = await page.evaluate(() => {
      const found = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (walker.currentNode.textContent.trim() === "" || !element.checkVisibility()) continue;
        if (parseFloat(getComputedStyle(element).fontSize) < 12) found.push(element.className || element.tagName);
      }
      return [...new Set(found)];
    });
    assert.deepEqual(small, [], "letters of 12 pixels or more");
    const targets = await page.evaluate(() => {
      const found = [];
      for (const element of document.querySelectorAll("button, select, input, summary, .attention a, .areas a")) {
        if (!element.checkVisibility()) continue;
        const { width, height } = element.getBoundingClientRect();
        const least = element.matches("a") ? 24 : 40;
        if (height < least || width < 24) found.push(`${element.tagName}.${element.className} ${width}x${height}`);
      }
      return [...new Set(found)];
    });
    assert.deepEqual(targets, [], "room for a thumb");
    if (name === "red") {
      await page.evaluate(() => scrollTo(0, 0));
      await shoot(page, "phone");
      await page.locator('details.case[data-outcome="fail"]').first().evaluate((one) => one.scrollIntoView());
      await shoot(page, "phone-case");
    }
  }
});

test("light and dark: text stands out 4.5 to 1", async () => {
  for (const colorScheme of ["light", "dark"]) {
    for (const name of ["red", "green"]) {
      const page = await open(name, { ...desktop, colorScheme });
      await page.evaluate(() => { for (const one of [...document.querySelectorAll("details")].slice(0, 400)) one.open = true; });
      const result = await page.evaluate(() => {
        const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const rgba = (color) => {
          canvas.clearRect(0, 0, 1, 1);
          canvas.fillStyle = color;
          canvas.fillRect(0, 0, 1, 1);
          return [...canvas.getImageData(0, 0, 1, 1).data];
        };
        const over = ([r, g, b, a], [x, y, z]) => [r * a / 255 + x * (1 - a / 255), g * a / 255 + y * (1 - a / 255), b * a / 255 + z * (1 - a / 255), 255];
        const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const background = (element) => {
          const layers = [];
          for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
          return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 255]);
        };
        const seen = new Map();
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const element = walker.currentNode.parentElement;
          if (walker.currentNode.textContent.trim() === "" || !element.checkVisibility()) continue;
          const kind = `${element.tagName}.${element.className} in ${element.parentElement.tagName}.${element.parentElement.className}`;
          if (seen.has(kind)) continue;
          let faint = 1;
          for (let at = element; at; at = at.parentElement) faint *= parseFloat(getComputedStyle(at).opacity);
          const below = background(element);
          const ink = rgba(getComputedStyle(element).color);
          ink[3] *= faint;
          const [a, b] = [light(over(ink, below)), light(below)].sort((x, y) => y - x);
          seen.set(kind, (a + 0.05) / (b + 0.05));
        }
        return [...seen];
      });
      assert.ok(result.length > 30, `${result.length} kinds of text`);
      const faint = result.filter(([, ratio]) => ratio < 4.5).map(([kind, ratio]) => `${kind}: ${ratio.toFixed(2)}`);
      assert.deepEqual(faint, [], `${name}, ${colorScheme}`);
      const page2 = await open(name, { ...desktop, colorScheme });
      const body = await page2.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      const sum = body.match(/\d+/g).slice(0, 3).reduce((all, one) => all + Number(one), 0);
      assert.equal(sum < 200, colorScheme === "dark", body);
      await shoot(page2, `${name}-${colorScheme}`);
    }
  }
});

test("nothing moves for those who do not want it", async () => {
  const page = await open("red", { ...desktop, reducedMotion: "reduce" });
  await page.locator("details.case summary").first().click();
  const moving = await page.evaluate(() => ({
    running: document.getAnimations().length,
    smooth: getComputedStyle(document.documentElement).scrollBehavior,
  }));
  assert.deepEqual(moving, { running: 0, smooth: "auto" });
});

test("paper shows what does not conform in full and no controls", async () => {
  const page = await open("red");
  await page.emulateMedia({ media: "print" });
  assert.ok(!await page.locator("#page-filters").isVisible());
  const heights = await page.evaluate(() => {
    const height = (selector) => document.querySelector(selector).getBoundingClientRect().height;
    return [height('details.case[data-outcome="fail"] .body'), height('details.case[data-outcome="pass"] .body')];
  });
  assert.ok(heights[0] > 100 && heights[1] === 0, heights.join(" "));
  assert.ok((await page.pdf({ format: "A4" })).length > 50_000);
});

test("what a hostile server sends is text", async () => {
  const page = await open("hostile");
  await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
  assert.equal(await page.evaluate(() => window.owned), undefined);
  assert.doesNotMatch(await page.title(), /owned/);
  const counts = await page.evaluate(() => [document.scripts.length, document.images.length, document.querySelectorAll("main").length, document.querySelectorAll("body > *").length]);
  assert.deepEqual(counts.slice(0, 3), [1, 0, 1]);
  const text = await page.evaluate(() => document.documentElement.outerHTML);
  assert.doesNotMatch(text, /[\u202A-\u202E\u2066-\u2069\u200B\uFEFF\u0000-\u0008\u001B]/u);
  assert.match(text, /&lt;script&gt;/);
  assert.ok(await page.locator("details.case").count() > 200);
  await page.fill("#page-search", "<script>");
  assert.ok(await shown(page).count() > 0);
  await shoot(page, "hostile");
});

test("thousands of cases load and filter", async () => {
  const page = await open("large");
  const all = await shown(page).count();
  assert.ok(all > 3000, `${all} cases`);
  await page.fill("#page-search", "status");
  assert.ok(await shown(page).count() < all);
  await page.locator('.choice[data-outcome="fail"]').click();
  await page.locator("#page-reset").click();
  assert.equal(await said(page), `${all} cases`);
});

test("without script it is a document", async () => {
  const page = await open("red", { ...desktop, javaScriptEnabled: false });
  assert.ok(!await page.locator("#page-filters").isVisible());
  assert.ok(!await page.locator("button.copy").first().isVisible());
  const one = page.locator('details.case[data-outcome="fail"]').first();
  await one.locator("summary").click();
  assert.ok(await one.locator(".wire").first().isVisible());
  await page.locator(".attention a").nth(2).click();
  const linked = await page.locator(".attention a").nth(2).getAttribute("href");
  // Chromium opens what an address points into.
  assert.ok(await page.locator(`[id="${linked.slice(1)}"]`).isVisible());
});

let failed = 0;
for (const [title, body] of tests) {
  try {
    problems.length = 0;
    await body();
    assert.deepEqual(problems, []);
    console.log(`ok    ${title}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${title}\n${error.stack}`);
  }
  for (const context of browser.contexts()) await context.close();
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
