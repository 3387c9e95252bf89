// Inside a run: the charts of its layers and the slider that moves matrix, answers, kernels and maps through its epochs.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { picture, sideways, violations } from "./looks.js";
import { open, run, start } from "./studio.js";

const place = mkdtempSync(`${tmpdir()}/featuremap-insight-`);
let studio;
before(async () => {
  run(place, "train", "mnist-1k", "--set", "data=digits", "--set", "training-images=640", "--no-report", "--threads", "1", "--epochs", "4");
  studio = await start(place);
});
after(async () => {
  await studio.stop();
  rmSync(place, { recursive: true, force: true });
});

const address = async (context) => {
  const answer = await context.request.get(studio.at("/runs"), { headers: { Accept: "application/json" } });
  return `/runs/${(await answer.json()).runs[0].id}`;
};
const shown = (page) => page.evaluate(() => ({
  epoch: document.querySelector("#epoch-shown").textContent,
  matrix: [...document.querySelectorAll(".history .confusion td[class]")].map((cell) => Number(cell.textContent.replace(",", ""))),
  answers: document.querySelector(".history .judged").textContent,
  kernels: [...document.querySelectorAll("#history-kernels .kernels img")].map((image) => image.src).join(),
  maps: [...document.querySelectorAll(".maps img")].map((image) => image.src).join(),
}));

test("the slider moves matrix, answers, kernels and maps by keys, the address keeps the epoch, and going back undoes it", async () => {
  const { page, context, faults } = await open(studio);
  const path = await address(context);
  await page.goto(studio.at(path));
  for (const title of ["Gradient norm", "Update-to-weight ratio"]) {
    const chart = page.locator(".chart", { has: page.locator(`h3:text-is("${title}")`) });
    assert.equal(await chart.locator("svg.broad").count(), 1);
    assert.ok((await chart.locator(".reading").textContent()).length > 80, `${title} says how to read it`);
  }
  const newest = await shown(page);
  assert.equal(newest.epoch, "after epoch 4");
  assert.equal(newest.matrix.length, 100);
  await page.focus("#c-epoch-range");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => document.querySelector("#epoch-shown").textContent === "after epoch 3");
  assert.equal(new URL(page.url()).search, "?epoch=3");
  await page.keyboard.press("Home");
  await page.waitForFunction(() => document.querySelector("#epoch-shown").textContent === "after epoch 1");
  assert.equal(new URL(page.url()).search, "?epoch=1");
  assert.equal(await page.evaluate(() => document.activeElement.id), "c-epoch-range");
  const first = await shown(page);
  for (const part of ["matrix", "answers", "kernels", "maps"]) assert.notDeepEqual(first[part], newest[part], `${part} moved`);
  const sum = (matrix) => matrix.reduce((all, one) => all + one, 0);
  assert.equal(sum(first.matrix), sum(newest.matrix));
  // The address alone gives the same page, and back is undo.
  await page.reload();
  assert.deepEqual(await shown(page), first);
  for (const epoch of [3, 4]) {
    await page.goBack();
    await page.waitForFunction((one) => document.querySelector("#epoch-shown").textContent === `after epoch ${one}`, epoch);
  }
  assert.deepEqual(await shown(page), newest);
  // The number and the links move it too, and other controls keep it.
  await page.fill("#c-epoch", "2");
  await page.waitForFunction(() => document.querySelector("#epoch-shown").textContent === "after epoch 2");
  await page.check("#c-axis-step");
  await page.waitForFunction(() => location.search === "?axis=step&epoch=2");
  await page.click('#epoch-links a:text-is("epoch 3")');
  await page.waitForFunction(() => location.search === "?axis=step&epoch=3" && document.querySelector("#c-epoch-range").value === "3");
  await page.click('#epoch-links a:text-is("the newest")');
  await page.waitForFunction(() => location.search === "?axis=step" && document.querySelector("#c-epoch").value === "");
  assert.ok(await page.evaluate(async () => {
    const images = [...document.querySelectorAll(".history img")].filter((image) => image.checkVisibility());
    await Promise.all(images.map((image) => image.decode()));
    return images.length > 20 && images.every((image) => image.naturalWidth > 0);
  }), "the pictures are shown");
  assert.deepEqual(faults, []);
  await context.close();
});

test("without a script the epoch is chosen by the form and by links", async () => {
  const { context: scripted } = await open(studio);
  const path = await address(scripted);
  const cookies = await scripted.cookies();
  await scripted.close();
  const context = await studio.browser.newContext({ javaScriptEnabled: false, viewport: { width: 400, height: 900 } });
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(studio.at(path));
  await page.fill("#c-epoch", "2");
  await page.click('button:text-is("Show this epoch")');
  await page.waitForURL(/[?&]epoch=2/);
  assert.equal(await page.textContent("#epoch-shown"), "after epoch 2");
  await page.click('#epoch-links a:text-is("epoch 1")');
  await page.waitForURL(/\?epoch=1$/);
  assert.equal(await page.textContent("#epoch-shown"), "after epoch 1");
  await context.close();
});

test("axe finds nothing in light, dark and forced colours, and nothing scrolls sideways", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at(`${await address(context)}?epoch=2`));
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await sideways(page, [320, 768, 1400]), []);
  await picture(page, "insight");
  assert.deepEqual(faults, []);
  await context.close();
});
