// Opens pages in the installed Chromium, and fails on everything that a page must never do:
// write an error to its console, throw, or ask anybody for anything.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** Starts the browser; its pages record what they must not do. */
export async function start() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  /** A page of its own context: `options` are Playwright's, `allowed` the addresses it may ask. */
  async function open(address, options = {}, allowed = () => false) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.wrong = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) page.wrong.push(message.text());
    });
    page.on("pageerror", (error) => page.wrong.push(String(error)));
    page.on("dialog", (dialog) => { page.wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
    page.on("request", (request) => {
      const url = request.url();
      const own = url.split("#")[0] === address.split("#")[0] || url.startsWith("data:");
      if (!own && !allowed(url)) page.wrong.push(`asks for ${url}`);
    });
    await page.goto(address);
    return page;
  }
  return { open, close: () => browser.close() };
}

let count = 0;

/** One test: its name, and what must hold. Nothing goes on after a failure. */
export async function test(name, body) {
  try {
    await body();
    count += 1;
    console.log(`ok   ${name}`);
  } catch (error) {
    console.log(`FAIL ${name}`);
    throw error;
  }
}

/** The closing line. */
export function passed() {
  assert(count > 0, "no test ran");
  console.log(`${count} passed, 0 failed`);
}

/** The contrast of the text of each element with what is behind it (WCAG 2), the lowest first. */
export function contrasts(page, selector) {
  return page.$$eval(selector, (elements) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgba = (colour, over = [255, 255, 255]) => {
      canvas.fillStyle = `rgb(${over.join(" ")})`;
      canvas.fillRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    };
    const luminance = (colour) => {
      const [r, g, b] = colour.map((c) => {
        const s = c / 255;
        return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      const layers = [];
      for (let e = element; e !== null; e = e.parentElement) layers.push(getComputedStyle(e).backgroundColor);
      return layers.reverse().reduce((over, layer) => rgba(layer, over), [255, 255, 255]);
    };
    return elements
      .filter((element) => element.checkVisibility() && element.textContent.trim() !== "")
      .map((element) => {
        const back = behind(element);
        const style = getComputedStyle(element);
        let opacity = 1;
        for (let e = element; e !== null; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
        const ink = rgba(style.color, back).map((c, i) => back[i] + (c - back[i]) * opacity);
        const [light, dark] = [luminance(ink), luminance(back)].sort((a, b) => b - a);
        return { ratio: (light + 0.05) / (dark + 0.05), text: element.textContent.trim().slice(0, 40), name: `${element.localName}.${element.className}` };
      })
      .sort((a, b) => a.ratio - b.ratio);
  }, );
}
