// The pages of the examples as people use them: example-pages.mjs URL [SCREENSHOTS]
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { contrasts, passed, start, test } from "./page.mjs";

const [site, folder] = process.argv.slice(2);
if (folder) mkdirSync(folder, { recursive: true });
const picture = (page, name) => folder && page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
const browser = await start();

/** A page of an example, which may ask its own server. */
const visit = (path, options = {}) =>
  browser.open(site + path, { viewport: { width: 1000, height: 800 }, ...options }, (url) => url.startsWith(site));
const fine = (page) => assert.deepEqual(page.wrong, []);
const text = (page, selector) => page.locator(selector).first().textContent();

/** A PNG of one colour, 1 × 1. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwACggF/2rO9iQAAAABJRU5ErkJggg==",
  "base64",
);

await test("hello greets by name, whatever the name is", async () => {
  const page = await visit("/hello");
  await page.fill("input[name=name]", "<b>Ada</b>");
  await page.click("button");
  assert.equal(await text(page, "h1"), "Hello, <b>Ada</b>!");
  fine(page);
});

await test("form says what is wrong, keeps what was typed, and shows its message once", async () => {
  const page = await visit("/form/");
  await page.fill("input[name=name]", "Jörg & Co");
  await page.fill("input[name=cups]", "99");
  await page.check("input[name=milk]");
  await page.click("button");
  assert.match(await text(page, ".bad"), /Between 1 and 12/);
  assert.equal(await page.inputValue("input[name=name]"), "Jörg & Co");
  assert(await page.isChecked("input[name=milk]"));
  // The browser writes the status of the answer to its console.
  assert.equal(page.wrong.splice(0).length, 1);
  await picture(page, "form-wrong");
  await page.fill("input[name=cups]", "2");
  await page.click("button");
  assert.equal((await text(page, ".good")).trim(), "2 cups of tea with milk for Jörg & Co on the way.");
  assert.equal(new URL(page.url()).pathname, "/form/");
  await picture(page, "form-taken");
  await page.reload();
  assert.equal(await page.locator(".good").count(), 0);
  fine(page);
});

await test("guestbook shows what guests wrote as text", async () => {
  const page = await visit("/guestbook/");
  await page.fill("input[name=name]", "Ada");
  await page.fill("textarea", "<script>alert(1)</script>\nsecond line");
  await page.click("button");
  assert.match(await page.locator("article").first().innerText(), /^Ada \d{4}-\d\d-\d\d\s+<script>alert\(1\)<\/script>\s+second line$/);
  await picture(page, "guestbook");
  fine(page);
});

await test("upload takes images and shows them", async () => {
  const page = await visit("/upload/");
  const file = (name) => ({ name, mimeType: "image/png", buffer: png });
  await page.setInputFiles("input[type=file]", [file("a.png"), file("b.png")]);
  await page.click("button");
  await page.locator(".grid img").nth(1).waitFor();
  const loaded = await page.$$eval(".grid img", (images) => Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth))));
  assert.deepEqual(loaded, [1, 1]);
  await picture(page, "upload");
  fine(page);
});

await test("stream moves its bar until it is done, and can do so again", async () => {
  const page = await visit("/stream/");
  await page.waitForFunction(() => { const { value } = document.getElementById("bar"); return value > 0 && value < 100; });
  assert(await page.isDisabled("#again"));
  await picture(page, "stream");
  await page.waitForFunction(() => document.getElementById("state").textContent === "Done.");
  assert.equal(await page.locator("#bar").evaluate((bar) => bar.value), 100);
  await page.click("#again");
  await page.waitForFunction(() => document.getElementById("bar").value < 100);
  fine(page);
});

await test("env-dump shows the browser to itself", async () => {
  const page = await visit("/env-dump/a%20b?x=1");
  assert.match(await text(page, "table"), /HTTP_USER_AGENT/);
  await picture(page, "env-dump");
  fine(page);
});

await test("markdown shows pages, their links and pictures, and runs nothing", async () => {
  const page = await visit("/markdown/");
  await page.click("text=a note on tea");
  assert.equal(await text(page, "h1"), "Tea");
  const width = await page.locator("img").evaluate((image) => image.decode().then(() => image.naturalWidth));
  assert(width > 0);
  await picture(page, "markdown");
  await page.click("text=All pages");
  await page.click("text=Up");
  await page.click("text=Writing a page");
  assert.match(await text(page, "main"), /<em onclick="alert\(1\)">/);
  await page.click("text=link");
  await picture(page, "markdown-writing");
  fine(page);
});

await test("outbound says whom it may not ask", async () => {
  const page = await visit("/outbound/");
  await page.fill("input[name=url]", "http://secret.example/");
  await page.click("button");
  assert.match(await text(page, ".bad"), /may not ask secret\.example/);
  assert.equal(await page.inputValue("input[name=url]"), "http://secret.example/");
  // The browser writes the status of the answer to its console.
  assert.equal(page.wrong.splice(0).length, 1);
  await picture(page, "outbound");
  fine(page);
});

for (const colorScheme of ["light", "dark"]) {
  await test(`all pages are legible on a phone, ${colorScheme}`, async () => {
    for (const path of ["/form/", "/guestbook/", "/upload/", "/stream/", "/env-dump/", "/markdown/writing", "/markdown/notes/", "/outbound/"]) {
      const page = await visit(path, { viewport: { width: 360, height: 700 }, colorScheme });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 360, `${path} is ${width} wide`);
      const [lowest] = await contrasts(page, "h1, p, label, button, th, td, small, strong, a, code");
      assert(lowest.ratio >= 4.5, `${path}: ${JSON.stringify(lowest)}`);
      await picture(page, `${path.replaceAll("/", "")}-phone-${colorScheme}`);
      fine(page);
      await page.context().close();
    }
  });
}

await browser.close();
passed();
