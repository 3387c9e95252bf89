// Labs, the rate finder and the time estimate in a browser: a small lab by mouse to its end, one stopped and gone on with by keys alone, a rate picked from a curve.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { picture, sideways, violations } from "./looks.js";
import { open, run, start, toBegun } from "./studio.js";

const place = mkdtempSync(`${tmpdir()}/featuremap-labs-`);
const small = ["--quick", "--set", "data=digits", "--epochs", "1", "--seeds", "1", "--set", "training-images=320", "--threads", "1"];
const training = "/train?recipe=mnist-1k&data=digits&batch-size=64&training-images=640&threads=1&view=full";
let studio;
before(async () => {
  run(place, "lab", "compare-normalizations", ...small);
  run(place, "lr-find", "mnist-1k", "--set", "data=digits", "--set", "training-images=640", "--set", "threads=1", "--out", "runs/rate-tests/mnist-1k-before.json");
  studio = await start(place);
});
after(async () => {
  await studio.stop();
  rmSync(place, { recursive: true, force: true });
});

const labs = async (context) => (await (await context.request.get(studio.at("/labs"), { headers: { Accept: "application/json" } })).json()).begun;

test("a small lab is begun by mouse, watched to its end, and its page is read", async () => {
  const { page, context, faults } = await open(studio);
  await page.click('nav a:has-text("Labs")');
  await page.waitForURL("**/labs");
  await page.click('#lab-compare-normalizations a:has-text("Small version")');
  await page.waitForURL(/\/labs\/compare-normalizations\?size=quick/);
  await page.selectOption("#c-data", "digits");
  await page.fill("#c-epochs", "2");
  await page.fill("#c-seeds", "1");
  await page.fill("#c-threads", "1");
  await page.waitForFunction(() => /--quick --set data=digits --seeds 1 --threads 1/.test(document.querySelector(".command pre").textContent));
  await page.click("#lab-begin");
  await toBegun(page, "/labs/lab-compare-normalizations-");
  await page.locator(".state.running").first().waitFor();
  assert.match(await page.textContent("#decides-nothing"), /decide nothing/);
  const done = await page.textContent('[data-live="trainings"]');
  assert.match(done, /of 7$/);
  await page.waitForFunction((was) => document.querySelector('[data-live="trainings"]')?.textContent !== was, done, { timeout: 120_000 });
  await page.waitForFunction(() => /min|s$/.test(document.querySelector('[data-live="remaining"]')?.textContent ?? "s"));
  await page.locator("#curve-0 svg.broad").waitFor();
  await page.locator("#stage h2 .state.complete").waitFor({ timeout: 180_000 });
  await page.click("#lab-page");
  await page.waitForURL(/\/page$/);
  assert.match(await page.textContent(".notice"), /decide nothing/);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector(".notice")).borderTopWidth), "0px", "its own style is applied");
  // Its links lead to the runs of the studio.
  await page.click("tbody th a >> nth=0");
  await page.waitForURL(/\/runs\/run-compare-normalizations-/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a lab is begun, stopped and gone on with by keys alone", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/labs/compare-normalizations?size=quick&data=digits&epochs=40&seeds=1&threads=1"));
  await page.locator("#lab-begin").focus();
  await page.keyboard.press("Enter");
  await toBegun(page, "/labs/lab-compare-normalizations-");
  await page.locator("#act-stop").waitFor();
  await page.locator("#act-stop").focus();
  await page.keyboard.press("Space");
  await page.locator("#stage h2 .state.stopped").waitFor({ timeout: 60_000 });
  await page.waitForFunction(() => document.querySelector("#spoken").textContent.includes("The lab is stopped"));
  await page.locator("#act-resume").focus();
  await page.keyboard.press("Enter");
  await page.locator("#stage h2 .state.running").waitFor({ timeout: 60_000 });
  await page.locator("#act-stop").focus();
  await page.keyboard.press("Enter");
  await page.locator("#stage h2 .state.stopped").waitFor({ timeout: 60_000 });
  assert.equal((await labs(context)).filter((one) => one.state === "stopped").length, 1);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a range test is run, and a rate picked by mouse and by keys arrives in the form", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at(training));
  await page.click("#rates summary");
  await page.click("#rates-begin");
  await page.waitForURL(/rates=mnist-1k-/);
  await page.locator("#rates-state .state.complete").waitFor({ timeout: 120_000 });
  const command = () => page.textContent("#stage .begin-run .command pre");
  const box = await page.locator("#rate-curve > svg").boundingBox();
  await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * 0.5);
  await page.waitForFunction(() => /learning-rate=/.test(document.querySelector("#stage .begin-run .command pre").textContent));
  const picked = await page.inputValue("#rate-choice");
  assert.ok((await command()).includes(`learning-rate=${picked}`), await command());
  assert.equal(await page.inputValue("#c-learning-rate"), picked);
  assert.ok(await page.locator("#rate-curve .mark").count() === 1, "the rate of the form is marked in the curve");
  await page.locator("#rate-choice").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction((was) => document.querySelector("#c-learning-rate").value !== was, picked);
  assert.equal(await page.inputValue("#c-learning-rate"), await page.inputValue("#rate-choice"));
  assert.ok(await page.evaluate(() => document.activeElement.id === "rate-choice"), "the focus stays");
  // The step back undoes this one as soon as it is in the history.
  const moved = await page.inputValue("#rate-choice");
  await page.waitForFunction((rate) => new URLSearchParams(location.search).get("learning-rate") === rate, moved);
  await page.goBack();
  await page.waitForFunction((was) => document.querySelector("#c-learning-rate").value === was, picked);
  if (await page.locator("#rate-suggested").count() > 0) {
    await page.click("#rate-suggested");
    await page.waitForFunction((was) => document.querySelector("#c-learning-rate").value !== was, picked);
    assert.match(await page.textContent("#rate-suggested"), new RegExp(`${await page.inputValue("#c-learning-rate")}$`));
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("ten steps tell how long it takes, and settings that changed since are said", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at(training));
  await page.click("#trial summary");
  await page.click("#trial-begin");
  await page.waitForURL(/trial=start-/);
  await page.locator("#trial-state .state.complete").waitFor({ timeout: 120_000 });
  assert.match(await page.textContent("#trial"), /an epoch[\s\S]*peak memory[\s\S]*MB/);
  await page.fill("#c-batch-size", "32");
  await page.waitForFunction(() => document.querySelector("#trial").textContent.includes("other settings"));
  assert.deepEqual(faults, []);
  await context.close();
});

test("without scripts a point of a curve goes into the form, and pages of labs are whole", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/train?recipe=mnist-1k&data=digits&training-images=640&rates=mnist-1k-before"));
  const values = await page.locator("#rate-choice option").evaluateAll((all) => all.map((one) => one.value));
  await page.selectOption("#rate-choice", values[Math.floor(values.length / 2)]);
  await page.click('#rate-pick button:has-text("Take this rate")');
  assert.equal(await page.inputValue("#c-learning-rate"), values[Math.floor(values.length / 2)]);
  assert.ok(page.url().includes("training-images=640"), "the rest of the state stays");
  await page.goto(studio.at("/labs/compare-normalizations"));
  await page.selectOption("#c-size", "quick");
  await page.fill("#c-epochs", "1");
  await page.click('button:has-text("Check")');
  assert.match(await page.textContent(".command pre"), /featuremap lab compare-normalizations --quick .*--epochs 1|--quick --epochs 1/);
  assert.ok(await page.locator("text=Without scripts nothing is begun from here").isVisible());
  await context.close();
});

const pages = async (context) => {
  const done = (await labs(context)).find((one) => one.state === "complete");
  return ["/labs", "/labs/compare-optimizers?size=quick&epochs=no", "/labs/segmentation", `/labs/${done.id}`, "/train?recipe=mnist-1k&data=digits&rates=mnist-1k-before&trial=x&learning-rate=0.02"];
};

test("axe finds nothing in light, dark and forced colours", async () => {
  const { page, context, faults } = await open(studio);
  for (const path of await pages(context)) {
    await page.goto(studio.at(path));
    assert.deepEqual(await violations(page), [], path);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("nothing scrolls sideways, and pictures for a person are kept", async () => {
  const { page, context, faults } = await open(studio);
  for (const [index, path] of (await pages(context)).entries()) {
    await page.goto(studio.at(path));
    assert.deepEqual(await sideways(page, [320, 400, 768, 1400, 3840]), [], path);
    await picture(page, `labs-${index}`);
  }
  assert.deepEqual(faults, []);
  await context.close();
});
