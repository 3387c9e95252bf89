// Walk in a browser: from the graph to a cell by keys alone, in place, and without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, sideways } from "./looks.js";
import { open, start } from "./studio.js";

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio.stop(); });

test("from the graph to the products of a cell by keys alone, without loading the page again", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/walk"));
  await page.locator('a[href="/walk/digits"]').first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/walk/digits");
  await page.evaluate(() => { window.isSamePage = true; });
  await page.locator('.diagram a[href$="layer=conv2"]').focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "layer-title");
  assert.match(page.url(), /layer=conv2$/);
  await page.keyboard.press("Tab");
  const map = page.locator('.channel-maps a').nth(2);
  await map.focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "channel-title");
  const cell = page.locator(".linked table[role=grid] td").first();
  await cell.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.match(await page.textContent("#spoken"), /^row 1, column 1: /);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.id === "cell-title");
  assert.match(page.url(), /layer=conv2&channel=2&cell=1_1$/);
  assert.equal(await page.textContent("#cell-sum"), await page.textContent("#cell-value"));
  assert.ok(await page.evaluate(() => window.isSamePage), "the page was loaded again");
  await page.goBack();
  await page.waitForFunction(() => document.getElementById("cell") === null);
  await page.goForward();
  await page.waitForFunction(() => document.getElementById("cell") !== null);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a number of the window leads to where it was made, down to the image", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/walk/digits?layer=conv2&channel=1&cell=8_8"));
  const links = page.locator('figure[data-grid="window"] td a');
  assert.equal(await links.count(), 9);
  await page.hover('td[data-cell="product:4"]');
  assert.equal(await page.locator('td[data-cell="window:4"].lit-source, td[data-cell="weight:4"].lit-weight').count(), 2);
  await links.nth(4).click();
  await page.waitForFunction(() => !location.search.includes("layer=conv2"));
  await page.waitForFunction(() => document.getElementById("cell-title") !== null);
  for (let steps = 0; steps < 8 && !page.url().includes("layer=input"); steps++) {
    const before = page.url();
    await page.evaluate(() => { for (const details of document.querySelectorAll("#cell details")) details.open = true; });
    await page.locator("#cell .terms a, #cell td a").first().click();
    await page.waitForFunction((address) => location.href !== address, before);
  }
  assert.match(page.url(), /layer=input/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("another image changes the numbers, and the place stays", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/walk/digits?layer=conv2&channel=1&cell=8_8"));
  const first = await page.textContent("#cell-value");
  await page.selectOption("#c-image", "digit-0");
  await page.waitForFunction((text) => document.getElementById("cell-value")?.textContent !== text, first);
  assert.match(page.url(), /image=digit-0&layer=conv2&channel=1&cell=8_8/);
  await page.goto(studio.at("/walk/digits?layer=conv2&channel=99"));
  assert.match(await page.textContent(".notice"), /There is no channel 99: they are 0 to 5/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("without a script every step is a link, and the form walks", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/walk/digits"));
  await page.click('.diagram a[href$="layer=conv3"]');
  await page.click(".channel-maps a >> nth=1");
  await page.fill("#c-cell", "4 5");
  await page.click("text=Walk there");
  assert.match(page.url(), /cell=4\+5/);
  assert.equal(await page.textContent("#cell-sum"), await page.textContent("#cell-value"));
  await context.close();
});

test("nothing scrolls sideways, and the picture keeps the layer in sight", async () => {
  const { page, context, faults } = await open(studio);
  for (const [index, path] of ["/walk", "/walk/digits", "/walk/digits?layer=conv9&channel=3&cell=2_2", "/walk/digits?layer=linear1&channel=3&cell=0_0"].entries()) {
    await page.goto(studio.at(path));
    assert.deepEqual(await sideways(page, [320, 768, 1280]), [], path);
    await picture(page, `walk-${index}`);
  }
  const inside = await page.evaluate(() => {
    const [outer, inner] = [document.querySelector(".layers-scroll"), document.querySelector(".layers-scroll .current")].map((one) => one.getBoundingClientRect());
    return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  });
  assert.ok(inside);
  assert.deepEqual(faults, []);
  await context.close();
});
