// Train, Runs, Run, Mistakes and Compare in a browser: a training of digits begun, watched, stopped and resumed, by mouse and by keys alone.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import { picture, sideways, violations } from "./looks.js";
import { open, run, start, toBegun } from "./studio.js";

const place = mkdtempSync(`${tmpdir()}/featuremap-runs-`);
const quick = ["--set", "data=digits", "--set", "training-images=640", "--no-report", "--threads", "1"];
let studio;
before(async () => {
  for (const seed of ["1", "2"]) run(place, "train", "mnist-1k", ...quick, "--epochs", "3", "--seed", seed);
  studio = await start(place);
});
after(async () => {
  await studio.stop();
  rmSync(place, { recursive: true, force: true });
});

const runs = async (context) => (await (await context.request.get(studio.at("/runs"), { headers: { Accept: "application/json" } })).json()).runs;

test("a training is begun by mouse, watched, stopped, resumed to its end, and its mistakes open", async () => {
  const { page, context, faults } = await open(studio);
  await page.click('nav a:has-text("Train")');
  await page.waitForURL("**/train");
  await page.selectOption("#c-recipe", "mnist-1k");
  await page.waitForFunction(() => location.search === "?recipe=mnist-1k");
  await page.selectOption("#c-data", "digits");
  await page.fill("#c-epochs", "40");
  await page.waitForFunction(() => document.querySelector(".command pre").textContent.includes("--epochs 40"));
  await page.click("text=All settings");
  await page.fill("#c-training-images", "1600");
  await page.fill("#c-threads", "1");
  await page.press("#c-threads", "Tab");
  await page.waitForFunction(() => /training-images=1600.*--threads 1|--threads 1.*training-images=1600/.test(document.querySelector(".command pre").textContent));
  await page.click("#train-begin");
  await toBegun(page, "/runs/run-mnist-1k-");
  await page.locator(".state.running").waitFor();
  const step = await page.textContent('[data-live="step"]');
  await page.waitForFunction((was) => document.querySelector('[data-live="step"]').textContent !== was, step);
  await page.locator("#curve-0 svg.broad").waitFor();
  // A reload goes on without a gap.
  await page.reload();
  const again = await page.textContent('[data-live="step"]');
  await page.waitForFunction((was) => document.querySelector('[data-live="step"]')?.textContent !== was, again);
  await page.click("#act-stop");
  await page.locator(".state.stopped").waitFor();
  await page.click("#act-resume");
  await page.locator(".state.running").waitFor();
  await page.locator(".state.complete").waitFor({ timeout: 180_000 });
  await page.click('a:text-is("Mistakes")');
  await page.locator(".confusion").waitFor();
  await page.click(".confusion tbody td a >> nth=0");
  await page.waitForFunction(() => location.search.includes("cell="));
  assert.match(await page.textContent("#images-title"), /recognised|taken for/);
  assert.ok(await page.evaluate(async () => { const image = document.querySelector(".judged img"); await image.decode(); return image.naturalWidth === 28; }), "the images are shown");
  assert.deepEqual(faults, []);
  await context.close();
});

test("a training is begun and stopped by keys alone", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/train?recipe=mnist-1k&data=digits&epochs=2000&threads=1"));
  await page.locator("#train-begin").focus();
  await page.keyboard.press("Enter");
  await toBegun(page, "/runs/run-mnist-1k-");
  await page.locator("#act-stop").waitFor();
  await page.locator("#act-stop").focus();
  await page.keyboard.press("Space");
  await page.locator(".state.stopped").waitFor();
  await page.waitForFunction(() => document.querySelector("#spoken").textContent.includes("stopped"));
  assert.deepEqual(faults, []);
  await context.close();
});

test("a mistake in the form is explained where it is, and nothing is begun", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/train"));
  const count = (await runs(context)).length;
  await page.fill("#c-epochs", "many");
  await page.waitForFunction(() => document.querySelector("#train-fault")?.textContent.includes("epochs"));
  assert.ok(await page.locator("#train-begin").isDisabled());
  assert.equal(await page.getAttribute("#c-epochs", "aria-invalid"), "true");
  await page.goBack();
  await page.waitForFunction(() => !document.querySelector("#train-fault"));
  assert.equal((await runs(context)).length, count);
  assert.deepEqual(faults, []);
  await context.close();
});

test("what was typed a moment ago is what is begun", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/train?recipe=mnist-1k&data=digits&threads=1"));
  await page.fill("#c-epochs", "2");
  await page.click("#train-begin");
  await toBegun(page, "/runs/run-mnist-1k-");
  const id = new URL(page.url()).pathname.split("/").pop();
  assert.equal((await runs(context)).find((one) => one.id === id).of, 2);
  await page.locator(".state.complete").waitFor({ timeout: 180_000 });
  assert.deepEqual(faults, []);
  await context.close();
});

test("runs are marked and compared, columns are chosen, a note is kept", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/runs"));
  await page.click(".list-controls summary");
  await page.check("#c-seed");
  await page.waitForFunction(() => location.search.includes("columns=") && [...document.querySelectorAll(".runs-table th")].some((one) => one.textContent === "seed"));
  const all = (await runs(context)).filter((one) => one.epochs === 3);
  for (const one of all) await page.check(`input[name=runs][value="${one.id}"]`);
  await page.click('button:has-text("Compare those that are marked")');
  await page.waitForURL(/\/compare\?/);
  assert.match(await page.textContent("#stage"), /differ in the seed alone/);
  await page.click("text=Compare their confusions");
  await page.locator(".confusion").waitFor();
  await page.goto(studio.at(`/runs/${all[0].id}`));
  await page.fill("#note-text", "the better one");
  await page.click("#note-save");
  await page.waitForFunction(() => document.querySelector("#note-said").textContent === "Saved.");
  await page.reload();
  assert.equal(await page.inputValue("#note-text"), "the better one");
  await page.click('label:has-text("time")');
  await page.waitForFunction(() => location.search === "?axis=time");
  assert.deepEqual(faults, []);
  await context.close();
});

test("without scripts pages are whole, and the form computes the command", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/train"));
  await page.selectOption("#c-recipe", "mnist-1k");
  await page.fill("#c-epochs", "2");
  await page.click('button:has-text("Check")');
  assert.match(await page.textContent(".command pre"), /featuremap train mnist-1k/);
  assert.ok(await page.locator("text=Without scripts nothing is begun from here").isVisible());
  await page.goto(studio.at("/runs"));
  assert.ok(await page.locator(".runs-table tbody tr").count() >= 2);
  await page.locator("input[name=runs]").nth(0).check();
  await page.locator("input[name=runs]").nth(1).check();
  await page.click('button:has-text("Compare those that are marked")');
  assert.match(await page.textContent("#stage"), /What is different/);
  await context.close();
});

const pages = async (context) => {
  const all = (await runs(context)).filter((one) => one.epochs === 3);
  return ["/train", "/train?view=full&epochs=no", "/runs", `/runs/${all[0].id}`, `/runs/${all[0].id}/mistakes?cell=3_3`, `/compare?runs=${all.map((one) => one.id)}&matrix=on`];
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
    await picture(page, `runs-${index}`);
  }
  assert.deepEqual(faults, []);
  await context.close();
});
