// The inspector as people use it: inspector.mjs WAGI SITE [SCREENSHOTS]
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { request as ask } from "node:http";
import { createInterface } from "node:readline";
import { contrasts, passed, start, test } from "./page.mjs";

const [wagi, site, folder] = process.argv.slice(2);
if (folder) mkdirSync(folder, { recursive: true });
const picture = (page, name) => folder && page.screenshot({ path: `${folder}/${name}.png` });

/** A server that has told where it is. */
async function serve(inspector = "127.0.0.1:0") {
  const child = spawn(wagi, ["serve", "-c", `${site}/modules.toml`, "-l", "127.0.0.1:0", "--timeout", "1500ms", "--watch", "--inspect", inspector], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const server = { child, url: null, inspector: null };
  for await (const line of createInterface({ input: child.stdout })) {
    server.url ??= line.match(/ on (http:\S+)/)?.[1] ?? null;
    server.inspector ??= line.match(/^Inspector: (http:\S+)/)?.[1] ?? null;
    if (server.url && server.inspector) break;
  }
  assert(server.inspector, "the banner tells the inspector's URL");
  return server;
}
async function stop({ child }) {
  child.kill("SIGKILL");
  await once(child, "exit");
}

let server = await serve();
process.on("exit", () => server.child.kill("SIGKILL"));
const browser = await start();
const visit = (options = {}, hash = "") =>
  browser.open(`${server.inspector}/${hash}`, { viewport: { width: 1280, height: 800 }, ...options }, (url) => url.startsWith(server.inspector));

/** Sends a request as it is. */
function send(method, path, { headers = {}, body = "" } = {}) {
  return new Promise((resolve, reject) => {
    const request = ask(`${server.url}/`, { method, path, headers: { "User-Agent": "a test", Accept: "*/*", "Content-Length": Buffer.byteLength(body), ...headers } }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
      response.on("error", () => resolve(null));
    });
    request.on("error", reject);
    request.end(body);
  });
}
const cat = (output) => send("POST", "/cat/", { body: output });

const fine = (page) => assert.deepEqual(page.wrong, []);
const rows = (page) => page.locator(".row:visible");
const row = (page, text) => page.locator(".row", { hasText: text }).first();
const part = (page, name) => page.locator("#detail .part", { has: page.locator("summary", { hasText: name }) }).first();
const live = (page) => page.locator('#state[data-state="live"]').waitFor();

const page = await visit();

await test("without requests it says how to send one, and shows it at once", async () => {
  await live(page);
  await picture(page, "empty");
  const line = await page.locator("#empty code").textContent();
  assert.match(line, /^curl -i http:\/\/127\.0\.0\.1:\d+\/\w+$/);
  execFileSync("sh", ["-c", line], { stdio: "ignore" });
  await rows(page).first().waitFor();
  assert.equal(await page.locator("#empty").isVisible(), false);
  assert.equal(await page.title(), "wagi inspector (1)");
  fine(page);
});

const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>`;
await test("requests of all kinds appear as they happen, the newest first", async () => {
  assert.equal(await send("GET", "/env/caf%C3%A9/menu?table=4&guests=2", { headers: { "X-Trace": "abc", Cookie: "session=1" } }), 200);
  assert.equal(await cat("Status: 201 Created\nContent-Type: application/json\nLocation: http://h/1\n\n{\"id\": 1}\n"), 201);
  assert.equal(await cat("Location: /elsewhere\n\n"), 302);
  assert.equal(await send("GET", "/nowhere/at/all"), 404);
  assert.equal(await send("POST", "/trap", { body: "Content-Type: text/plain\n\nhalf" }), 500);
  assert.equal(await send("POST", "/exit", { body: "Content-Type: text/plain\n\nwhole" }), 500);
  assert.equal(await send("GET", "/stderr"), 200);
  assert.equal(await cat("hello"), 502);
  assert.equal(await cat("Content-Type: text/plain\r\nX-A : b\nConnection: close\nhello\nX-Esc: \u202eabc\n\n\u001b[31mbody\u007f\n"), 200);
  assert.equal(await send("PUT", `/cat/?q=%3Cb%3E`, { headers: { "X-Evil": evil, "User-Agent": evil }, body: `Content-Type: text/html\nX-Reply: ${evil}\n\n${evil}` }), 200);
  assert.equal(await cat(Buffer.concat([Buffer.from("Content-Type: image/png\n\n"), Buffer.from(Array.from({ length: 256 }, (_, i) => i))])), 200);
  await page.waitForFunction(() => document.querySelectorAll(".row").length === 12);
  const texts = await rows(page).allInnerTexts();
  assert.match(texts[0], /^200\s+POST\s+\/cat\//);
  assert.match(texts.at(-2), /^200\s+GET\s+\/env\/caf%C3%A9\/menu\?table=4&guests=2\s+[\d.]+ m?s\s+[\d.]+ (B|KiB)\s+\d\d:\d\d:\d\d\.\d{3}$/);
  assert.match(texts.find((text) => text.includes("/trap")), /^500\s+POST\s+\/trap\s+trap/);
  assert.match(texts.find((text) => text.includes("/nowhere")), /^404\s+GET\s+\/nowhere\/at\/all\s+no route/);
  const tones = await page.$$eval(".row .status", (badges) => [...new Set(badges.map((badge) => getComputedStyle(badge).color))]);
  assert(tones.length >= 4, "a colour for each class of status");
  await picture(page, "list");
  fine(page);
});

await test("a request opens to all that is known of it", async () => {
  await row(page, "/env/caf").click();
  await part(page, "Variables").waitFor();
  const text = await page.locator("#detail").innerText();
  for (const expected of ["GET /env/caf%C3%A9/menu?table=4&guests=2", "200 OK", "Time of the module", "256 KiB", "env.wat", "127.0.0.1, HTTP/1.1"]) {
    assert(text.includes(expected), `${expected} in ${text}`);
  }
  const variables = await part(page, "Variables").innerText();
  assert.match(variables, /PATH_INFO\s+\/café\/menu/);
  assert.match(variables, /HTTP_X_TRACE\s+abc/);
  assert.match(await part(page, "Response").innerText(), /content-type\s+text\/plain/);
  assert.match(await part(page, "Request fields").innerText(), /cookie\s+session=1/);
  assert.match(await part(page, "Raw output").innerText(), /GATEWAY_INTERFACE=CGI\/1\.1/);
  await picture(page, "request");
  fine(page);
});

await test("broken rules are marked, told, and lead to the specification", async () => {
  await page.locator(".row", { hasText: "rules" }).first().click();
  const box = page.locator("#rules");
  await box.waitFor();
  const text = await box.innerText();
  for (const id of ["header-block.blank-before-colon", "header-block.connection-level", "header-block.malformed-line"]) {
    assert(text.includes(id), `${id} in ${text}`);
  }
  assert.deepEqual(await page.$$eval(".numbered.wrong", (lines) => lines.map((line) => line.dataset.line)), ["2", "3", "4"]);
  assert.deepEqual(await page.$$eval("pre .control", (controls) => controls.slice(0, 4).map((control) => control.textContent)), ["\\r", "\\u{202e}", "\\u{1b}", "\\u{7f}"]);
  const rule = box.locator(".rule").first();
  await rule.locator("summary").click();
  assert.match(await rule.innerText(), /MUST NOT\s+A field line with blanks between the name and the colon/);
  const link = await rule.locator("a").getAttribute("href");
  const [tab] = await Promise.all([page.context().waitForEvent("page"), rule.locator("a").click()]);
  await tab.waitForLoadState();
  assert(tab.url().endsWith(link), tab.url());
  assert.match(await tab.locator("body").innerText(), /^header-block\.blank-before-colon · MUST NOT\s+A field line/);
  await tab.close();
  await picture(page, "rules");
  fine(page);
});

await test("what clients and modules wrote stays text", async () => {
  await row(page, "%3Cb%3E").click();
  await page.locator("#detail h2", { hasText: "%3Cb%3E" }).waitFor();
  const text = await page.locator("#detail").innerText();
  assert(text.split(evil).length > 5, "it is shown wherever it was");
  const names = await page.evaluate(() => [...new Set([...document.querySelectorAll("*")].map((e) => e.localName))]);
  for (const name of ["img", "iframe", "object", "embed", "base", "b:not(#x)"]) assert(!names.includes(name), name);
  assert.equal(await page.locator("script").count(), 1);
  await picture(page, "hostile");
  fine(page);
});

await test("failures say why", async () => {
  for (const [path, why] of [["/trap", /trap: .*unreachable/], ["/exit", /exit code 3/], ["/nowhere", /no route/]]) {
    await row(page, path).click();
    await page.locator("#detail h2", { hasText: path }).waitFor();
    assert.match(await page.locator("#failure").innerText(), why);
  }
  await row(page, "/trap").click();
  await page.locator("#detail h2", { hasText: "/trap" }).waitFor();
  await picture(page, "trap");
  await row(page, "/stderr").click();
  await page.locator("#detail h2", { hasText: "/stderr" }).waitFor();
  assert.match(await part(page, "Standard error").innerText(), /1 line\s+to the log only/);
  fine(page);
});

await test("binary output is shown as text and in hexadecimal", async () => {
  await rows(page).first().click();
  await page.locator("#detail h2", { hasText: "/cat/" }).waitFor();
  const output = part(page, "Raw output");
  const pre = await output.locator("pre").innerText();
  assert.match(pre, /^Content-Type: image\/png/);
  assert.match(pre, /000040 {2}40 41 42 43 44 45 46 47 {2}48 49 4a 4b 4c 4d 4e 4f {2}@ABCDEFGHIJKLMNO/);
  await picture(page, "binary");
  await output.getByRole("button", { name: "Hex" }).click();
  assert.match(await output.locator("pre").innerText(), /^000000 {2}43 6f 6e 74 65 6e 74 2d {2}54 79 70 65 3a 20 69 6d {2}Content-Type: im/);
  await output.getByRole("button", { name: "Text" }).click();
  fine(page);
});

await test("a request that still runs is seen running, and then how it ends", async () => {
  const answered = send("GET", "/spin");
  await row(page, "/spin").locator('[data-tone="runs"]').waitFor();
  await row(page, "/spin").click();
  await page.locator("#detail dd", { hasText: "still running" }).waitFor();
  assert.equal(await answered, 504);
  await row(page, "time limit").waitFor();
  await page.locator("#detail #failure", { hasText: "time limit reached" }).waitFor();
  fine(page);
});

await test("the filter finds by path, status and outcome", async () => {
  const all = await rows(page).count();
  for (const [words, expected] of [["/nowhere", 1], ["post /cat 502", 1], ["exit", 1], ["404", 1], ["no-such-thing", 0]]) {
    await page.fill("#filter", words);
    assert.equal(await rows(page).count(), expected, words);
  }
  assert(await page.locator("#nothing").isVisible());
  await page.press("#filter", "Escape");
  assert.equal(await rows(page).count(), all);
  await page.click('[data-show="failed"]');
  assert.equal(await rows(page).count(), 6);
  assert.equal(await page.locator('[data-show="failed"] b').textContent(), "6");
  await page.click('[data-show="rules"]');
  assert.equal(await rows(page).count(), 2);
  await picture(page, "filtered");
  await page.click('[data-show="all"]');
  // What does not fit is not shown when it comes, and counted.
  await page.fill("#filter", "/stderr");
  await send("GET", "/env/later");
  await page.waitForFunction((count) => Number(document.querySelector('[data-show="all"] b').textContent) === count, all + 1);
  assert.equal(await rows(page).count(), 1);
  await page.fill("#filter", "");
  fine(page);
});

await test("the keyboard is enough, and the copied line sends the request again", async () => {
  const keys = await visit({ permissions: ["clipboard-read", "clipboard-write"] });
  await keys.waitForFunction(() => document.querySelectorAll(".row").length > 3);
  await keys.keyboard.press("/");
  assert.equal(await keys.evaluate(() => document.activeElement.id), "filter");
  await keys.keyboard.type("put");
  await keys.keyboard.press("Enter");
  await keys.locator("#detail h2", { hasText: "PUT /cat/" }).waitFor();
  await keys.keyboard.press("c");
  await keys.locator(".copy", { hasText: "Copied" }).waitFor();
  const line = await keys.evaluate(() => navigator.clipboard.readText());
  assert.match(execFileSync("sh", ["-c", line], { stdio: ["ignore", "pipe", "ignore"] }).toString(), /x-reply: <script>alert/i);
  await keys.keyboard.press("/");
  await keys.keyboard.press("Escape");
  await keys.waitForFunction(() => document.querySelectorAll(".row")[0].textContent.includes("PUT"));
  const [first, second] = (await keys.$$eval(".row", (all) => all.map((link) => link.getAttribute("href")))).slice(0, 2);
  await keys.keyboard.press("Escape");
  assert.equal(await keys.locator("#detail").isVisible(), false);
  await keys.keyboard.press("j");
  assert.equal(new URL(keys.url()).hash, first);
  await keys.keyboard.press("ArrowDown");
  assert.equal(new URL(keys.url()).hash, second);
  await keys.keyboard.press("k");
  assert.equal(new URL(keys.url()).hash, first);
  assert.equal(await keys.locator('[aria-current="true"]').getAttribute("href"), first);
  // Whatever gets the focus can be seen to have it.
  for (let i = 0; i < 12; i += 1) {
    await keys.keyboard.press("Tab");
    const [name, outline] = await keys.evaluate(() => [document.activeElement.outerHTML.slice(0, 60), getComputedStyle(document.activeElement).outlineStyle]);
    assert(outline !== "none" || name.startsWith("<body"), `the focus on ${name} cannot be seen`);
  }
  await keys.goBack();
  assert.equal(await keys.locator("#detail").isVisible(), false);
  fine(keys);
  await keys.context().close();
});

for (const colorScheme of ["light", "dark"]) {
  await test(`text can be read, ${colorScheme}`, async () => {
    const themed = await visit({ colorScheme });
    await themed.locator(".row", { hasText: "rules" }).first().click();
    await themed.locator("#rules").waitFor();
    const [lowest] = await contrasts(themed, "h1, h1 span, h2, h3, p, li, dt, dd, summary, summary span, th, td, button, .badge, .number, .method, .target, .columns span, pre span, footer, footer a, kbd");
    assert(lowest.ratio >= 4.5, JSON.stringify(lowest));
    const background = await themed.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    assert.equal(background.match(/\d+/g).slice(0, 3).every((c) => Number(c) > 128), colorScheme === "light", background);
    await picture(themed, colorScheme);
    fine(themed);
    await themed.context().close();
  });
}

await test("a phone shows it without scrolling sideways", async () => {
  const options = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
  const phone = await visit(options);
  await phone.waitForFunction(() => document.querySelectorAll(".row").length > 3);
  const width = () => phone.evaluate(() => document.documentElement.scrollWidth);
  const small = () => phone.$$eval("button, input, .row, summary", (all) => all
    .filter((e) => e.checkVisibility())
    .map((e) => [e.outerHTML.slice(0, 40), e.getBoundingClientRect().height])
    .filter(([, height]) => height < 24));
  assert.equal(await width(), 390);
  assert.deepEqual(await small(), []);
  await picture(phone, "phone-list");
  await phone.locator(".row", { hasText: "rules" }).first().tap();
  await phone.locator("#rules").waitFor();
  assert.equal(await width(), 390);
  assert.deepEqual(await small(), []);
  assert.equal(await phone.locator("#list").isVisible(), false);
  await picture(phone, "phone-request");
  await phone.goBack();
  assert.equal(await phone.locator("#list").isVisible(), true);
  fine(phone);
  await phone.context().close();
});

await test("a change that is wrong is told, and one that is right too", async () => {
  writeFileSync(`${site}/stderr.wat`, "(module (func (export \"_start\") (drop)))");
  await page.locator("#reload.wrong").waitFor();
  assert.match(await page.locator("#reload").innerText(), /not in effect[^]*stderr\.wat/);
  await picture(page, "wrong-change");
  copyFileSync(`${site}/env.wat`, `${site}/stderr.wat`);
  await page.locator("#reload:not(.wrong)", { hasText: "Loaded again" }).waitFor();
  fine(page);
});

await test("a server that goes away and comes back", async () => {
  await rows(page).first().click();
  await page.locator("#detail h2").waitFor();
  const address = new URL(server.inspector).host;
  await stop(server);
  await page.locator('#state[data-state="lost"]').waitFor();
  assert(await page.locator("#detail h2").isVisible(), "what was open can still be read");
  await picture(page, "disconnected");
  server = await serve(address);
  await live(page);
  await page.locator("#empty").waitFor();
  // A browser writes lost connections to its console by itself.
  page.wrong = page.wrong.filter((text) => !/ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)/.test(text));
  fine(page);
});

await test("clearing forgets everything, in every window", async () => {
  const other = await visit();
  await send("GET", "/env/again");
  await rows(page).first().waitFor();
  await rows(other).first().waitFor();
  await page.click("#clear");
  await page.locator("#empty").waitFor();
  await other.locator("#empty").waitFor();
  fine(page);
  fine(other);
});

await browser.close();
await stop(server);
passed();
