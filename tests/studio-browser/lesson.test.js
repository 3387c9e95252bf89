// A lesson in a browser: by keyboard, by pointer, by address; and without scripts.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { visit } from "./looks.js";
import { lessons, open, start } from "./studio.js";

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio.stop(); });

const cell = (page, key) => page.locator(`td[data-cell="${key}"]`);

test("the answer is veiled until it is predicted, and the prediction is kept", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution"));
  await page.locator("td.veiled").first().waitFor();
  await page.fill("#prediction", "12");
  await page.press("#prediction", "Enter");
  assert.equal(await page.textContent(".predict output"), "Right: 12.");
  assert.equal(await page.locator(".veiled").count(), 0);
  await page.reload();
  assert.equal(await page.locator(".veiled").count(), 0);
  await page.goto(studio.at("/learn"));
  assert.equal(await page.textContent('.card[data-lesson="convolution"] .progress'), "◐");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a number is changed by keys alone, the caret stays, and back undoes it", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution"));
  await page.click("#predict-skip");
  await cell(page, "input:0").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.type("9");
  await page.waitForFunction(() => document.querySelector('td[data-cell="output:0"]').textContent === "30");
  assert.equal(await page.evaluate(() => document.activeElement.value), "9");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.cell), "input:11");
  await page.waitForFunction(() => location.search.includes("0_9_1_3_1"));
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('td[data-cell="output:0"]').textContent === "12");
  await page.goForward();
  await page.waitForFunction(() => document.querySelector('td[data-cell="output:0"]').textContent === "30");
  await cell(page, "input:6").focus();
  await page.keyboard.press("F2");
  await page.keyboard.press("Escape");
  assert.equal(await cell(page, "input:6").textContent(), "9");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a block is pasted, and rows are added", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution"));
  await cell(page, "kernel:0").focus();
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "1\t0\n0\t-1");
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await page.waitForFunction(() => location.search.includes("kernel=1_0_2~0_-1_0~0_1_2"));
  await page.click("#b-input .size-buttons button >> nth=0");
  await page.waitForFunction(() => document.querySelectorAll("#b-input td").length === 30);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a hundred changes of a slider keep the focus, and the last one is on screen", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution"));
  await page.locator('[data-slides="c-stride"]').focus();
  for (let i = 0; i < 100; i++) await page.keyboard.press(i % 2 === 0 ? "ArrowRight" : "ArrowLeft");
  await page.keyboard.press("ArrowRight");
  const state = () => page.evaluate(() => ({
    search: location.search,
    slider: document.querySelector("[data-slides=c-stride]").value,
    cells: document.querySelectorAll("#b-output td").length,
    problem: document.querySelector("#problem").textContent,
    isWaiting: document.querySelector("#stage").classList.contains("waiting"),
  }));
  await page.waitForFunction(() => document.querySelectorAll("#b-output td").length === 4 && location.search === "?stride=2")
    .catch(async (error) => assert.fail(`${error.message} ${JSON.stringify(await state())}`));
  assert.ok(await page.evaluate(() => document.activeElement.matches("[data-slides=c-stride], #c-stride")));
  assert.deepEqual(faults, []);
  await context.close();
});

/** The stage without what the reader and the scripts have set. */
const plain = (page) => page.evaluate(() => {
  const stage = document.querySelector("#stage").cloneNode(true);
  for (const own of stage.querySelectorAll("[data-own]")) own.remove();
  for (const one of [stage, ...stage.querySelectorAll("*")]) {
    one.classList.remove("lit", "lit-source", "lit-weight", "lit-target", "later");
    if (one.getAttribute("class") === "") one.removeAttribute("class");
    for (const name of ["open", "aria-current", "data-ready", "data-typed", ...(one.localName === "td" ? ["tabindex"] : [])]) one.removeAttribute(name);
  }
  for (const kept of stage.querySelectorAll("[data-keep]")) kept.textContent = "";
  return stage.outerHTML.replace(/ >/g, ">").replace(/\s+/g, " ");
});

test("what is taken over piece by piece is the page of its address", async () => {
  const { page, context, faults } = await open(studio);
  for (const id of ["convolution", "channels", "max-pool", "loss", "optimizer"]) {
    await page.goto(studio.at(`/learn/${id}`));
    if (await page.locator("#predict-skip").isVisible()) await page.click("#predict-skip");
    const slider = page.locator("#controls input[type=range]").first();
    const grid = page.locator("#stage figure.edited table[role=grid] td");
    for (let i = 0; i < 6; i++) {
      const before = await page.evaluate(() => document.querySelector("#stage").dataset.query);
      if (i % 2 === 0 && (await grid.count()) > 0) {
        await grid.nth(i % (await grid.count())).focus();
        await page.keyboard.type(String(3 + i));
        await page.keyboard.press("Enter");
      } else if ((await slider.count()) > 0) {
        await slider.focus();
        await page.keyboard.press(i < 4 ? "ArrowRight" : "ArrowLeft");
      }
      await page.waitForFunction((was) => document.querySelector("#stage").dataset.query !== was || document.querySelector("#problem").hidden === false, before, { timeout: 5000 }).catch(() => {});
    }
    await page.waitForFunction(() => location.search === (document.querySelector("#stage").dataset.query ? `?${document.querySelector("#stage").dataset.query}` : ""));
    const fresh = await context.newPage();
    await fresh.goto(page.url());
    const wanted = await plain(fresh);
    // What nobody sees follows behind the paint.
    for (let wait = 0; wait < 50 && (await plain(page)) !== wanted; wait++) await page.waitForTimeout(100);
    if (await page.locator("#problem").isHidden()) assert.equal(await plain(page), wanted, `${id}: ${page.url()}`);
    await fresh.close();
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("a number that is typed and taken back is shown as before", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution?kernel=0.123456_0~0_1"));
  await page.click("#predict-skip");
  await page.fill("#c-stride", "2");
  await page.waitForFunction(() => location.search.includes("stride=2"));
  const shown = await cell(page, "kernel:0").textContent();
  assert.notEqual(shown, "0.123456");
  for (const end of ["Escape", "Enter"]) {
    await cell(page, "kernel:0").focus();
    await page.keyboard.press("F2");
    if (end === "Enter") await page.keyboard.type("0.123456");
    await page.keyboard.press(end);
    await page.waitForFunction((text) => document.querySelector('td[data-cell="kernel:0"]').textContent === text, shown);
    assert.equal(await cell(page, "kernel:0").getAttribute("data-value"), "0.123456");
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("what made a cell lights up under the pointer and with the focus, and is said", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution"));
  await page.click("#predict-skip");
  await page.hover('td[data-cell="output:4"]');
  assert.equal(await page.locator("#b-input td.lit-source").count(), 9);
  assert.match(await page.textContent("#spoken"), /row 1, column 1: .* = 17/);
  await cell(page, "output:8").focus();
  assert.ok(await cell(page, "input:24").evaluate((element) => element.classList.contains("lit-source")));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.search.includes("cell=2_2"));
  await page.locator("h1").click();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.match(await page.textContent(".step-text"), /^2 of 9: /);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a state that cannot be leaves the last numbers and says why", async () => {
  const { page, context } = await open(studio);
  await page.goto(studio.at("/learn/convolution"));
  await page.fill("#c-padding", "99");
  await page.locator("#problem:not([hidden])").waitFor();
  assert.match(await page.textContent("#problem"), /padding is .* received '99'/);
  assert.ok(await page.locator("#stage.old").count());
  await page.fill("#c-padding", "1");
  await page.locator("#problem").waitFor({ state: "hidden" });
  await context.close();
});

test("what the controls of a lesson say is what its page shows, in every lesson", async () => {
  const { page, context, faults } = await open(studio);
  for (const id of await lessons(studio, context)) {
    await page.goto(studio.at(`/learn/${id}`));
    const said = await page.evaluate(async () => {
      const stage = document.querySelector("#stage");
      if (!document.querySelector("#controls")) return "";
      stage.dataset.query = "asked"; // an answer writes it anew
      document.querySelector("#controls").requestSubmit();
      for (let i = 0; i < 1000 && stage.dataset.query === "asked" && document.querySelector("#problem").hidden; i++) await new Promise((done) => setTimeout(done, 10));
      return document.querySelector("#problem").textContent || stage.dataset.query;
    });
    assert.equal(said, "", id);
  }
  await page.goto(studio.at("/learn/augmentation"));
  await page.fill("#c-chain", "crop 2, flip");
  await page.press("#c-chain", "Enter");
  await page.waitForFunction(() => new URLSearchParams(location.search).get("chain") === "crop 2, flip");
  assert.deepEqual(faults, []);
  await context.close();
});

test("without a script a form computes, and all parts are there", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/learn/convolution"));
  await page.fill("#c-stride", "2");
  await page.click("text=Compute");
  assert.equal(await page.locator("#b-output td").count(), 4);
  for (const id of await lessons(studio, context)) {
    await visit(page, studio.at(`/learn/${id}`));
    assert.equal(await page.locator(".part:visible").count(), 7, id);
    await page.click("text=Compute");
    assert.ok(await page.locator("#stage").count(), `${id}: the form of the defaults is refused`);
  }
  await context.close();
});

test("a lesson saved as a file opens offline, with links and steps", async () => {
  const { page, context } = await open(studio);
  const answer = await context.request.get(studio.at("/learn/convolution/file?stride=2"));
  const offline = await studio.browser.newContext({ offline: true });
  const file = await offline.newPage();
  const faults = [];
  file.on("console", (message) => { if (message.type() === "error") faults.push(message.text()); });
  file.on("pageerror", (error) => faults.push(error.message));
  const folder = mkdtempSync(join(tmpdir(), "featuremap-"));
  writeFileSync(join(folder, "lesson.html"), await answer.text());
  await file.goto(pathToFileURL(join(folder, "lesson.html")).href);
  await file.hover('td[data-cell="output:3"]');
  assert.equal(await file.locator("#b-input td.lit-source").count(), 9);
  await file.click("text=▶ Play");
  assert.match(await file.textContent(".step-text"), /^1 of 4/);
  await file.click('.tabs a[href="#cost"]');
  assert.ok(await file.locator("#cost").isVisible());
  assert.deepEqual(faults, []);
  await offline.close();
  rmSync(folder, { recursive: true });
  await page.close();
  await context.close();
});

test("another tab of another origin gets nothing", async () => {
  const { context } = await open(studio);
  const stranger = await (await studio.browser.newContext()).newPage();
  await stranger.goto("data:text/html,<title>stranger</title>");
  const seen = await stranger.evaluate(async (address) => {
    try {
      return (await fetch(address, { credentials: "include" })).status;
    } catch {
      return "refused";
    }
  }, studio.at("/learn"));
  assert.equal(seen, "refused");
  await context.close();
});
