// Design, Data and export in a browser: typing, buttons and keys, back as undo, fixes, and without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, start } from "./studio.js";

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio.stop(); });

const Faulty = "input: 1x28x28\nconv1: Conv2d channels=8 kernel=3\nBatchNorm\nRelu\nGlobalAveragePool\nLinear outputs=10";

test("each key brings the numbers, and going back is undo", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/design"));
  assert.match(await page.textContent(".budget"), /✓ parameters: [\d,]+ of 19,999/);
  await page.fill("#draft-text", Faulty);
  await page.waitForFunction(() => document.querySelectorAll("#stage .finding").length === 1);
  assert.match(await page.textContent("#findings-digest"), /1 hint/);
  assert.match(page.url(), /draft=/);
  await page.click("h1"); // what is typed until the text is left is one step
  await page.focus("#draft-text");
  await page.keyboard.press("Control+End");
  await page.keyboard.type("0", { delay: 20 });
  await page.waitForFunction(() => document.querySelector(".sheet tbody tr:last-child")?.textContent?.includes("100"));
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.waitForFunction(() => document.querySelector("#draft-problem") !== null);
  assert.equal(await page.getAttribute("#draft-text", "aria-invalid"), "true");
  await page.click("h1");
  await page.click("#draft-undo");
  await page.waitForFunction((text) => document.querySelector("#draft-text").value === text && !document.querySelector("#draft-problem"), Faulty);
  await page.goForward();
  await page.waitForFunction(() => document.querySelector("#draft-problem") !== null);
  // The address alone brings the draft.
  await page.goBack();
  await page.waitForFunction(() => !document.querySelector("#draft-problem"));
  await page.reload();
  assert.equal(await page.inputValue("#draft-text"), Faulty);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a finding is mended by its button, and a line is changed by keys alone", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/design"));
  await page.fill("#draft-text", `${Faulty}\nSoftmax`);
  await page.waitForSelector('[data-edit="fix:bias-bn:conv1"]');
  await page.click('[data-edit="fix:bias-bn:conv1"]');
  await page.waitForFunction(() => document.querySelector("#draft-text").value.includes("bias=false"));
  await page.focus('[data-edit^="fix:double-softmax"]');
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#findings-digest").textContent === "Nothing.");
  await page.focus("#draft-text");
  await page.keyboard.press("Control+Home");
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowDown");
  assert.match(await page.textContent("#caret-line"), /^line 4 of \d+: (relu1: )?Relu/);
  await page.keyboard.press("Alt+ArrowUp");
  await page.waitForFunction(() => /^line 3 of/.test(document.querySelector("#caret-line").textContent));
  assert.match(await page.inputValue("#draft-text"), /bias=false\n(relu1: )?Relu\n/);
  await page.keyboard.press("Alt+ArrowDown");
  await page.waitForFunction(() => /^line 4 of/.test(document.querySelector("#caret-line").textContent));
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await page.waitForFunction(() => /relu2: Relu/i.test(document.querySelector("#draft-text").value) || (document.querySelector("#draft-text").value.match(/Relu/g) ?? []).length === 2);
  await page.keyboard.press("Alt+Delete");
  await page.waitForFunction(() => (document.querySelector("#draft-text").value.match(/Relu/g) ?? []).length === 1);
  await page.keyboard.press("Control+Space");
  assert.equal(await page.evaluate(() => document.activeElement.id), "add-layer");
  await page.selectOption("#add-layer", "Dropout probability=0.1");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#draft-text").value.includes("Dropout probability=0.1"));
  assert.deepEqual(faults, []);
  await context.close();
});

test("a template, a comparison, the field of a unit, and a network that is kept", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/design"));
  await page.selectOption("#d-template", "resnet-50");
  await page.waitForFunction(() => document.querySelectorAll(".sheet tbody tr").length > 150);
  assert.match(page.url(), /template=resnet-50$/);
  await page.selectOption("#d-template", "lenet-5");
  await page.waitForFunction(() => document.querySelectorAll(".sheet tbody tr").length < 20);
  await page.selectOption("#d-with", "mnist-20k");
  await page.waitForSelector("#compare-title");
  await page.selectOption("#d-layer", { index: 2 });
  await page.waitForSelector("#field-title");
  await page.fill("#save-name", "a/b");
  await page.press("#save-name", "Enter");
  await page.waitForFunction(() => /letters, digits/.test(document.querySelector("#save-note").textContent));
  assert.deepEqual(faults.filter((fault) => !/400/.test(fault)), []);
  await context.close();
});

test("without scripts the form computes, and a change is made", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/design"));
  await page.fill("#draft-text", Faulty);
  await page.click("text=Compute");
  assert.match(page.url(), /draft=/);
  await page.click('button[value="fix:bias-bn:conv1"]');
  assert.match(await page.inputValue("#draft-text"), /bias=false/);
  await page.fill("#edit-text", "add:4:Dropout probability=0.1");
  await page.click("text=Compute");
  assert.match(await page.inputValue("#draft-text"), /Relu\n.*Dropout probability=0.1/);
  await context.close();
});

test("data by class, page and augmentation; a model as a file", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/data"));
  await page.click('a[href="/data/digits"]');
  assert.match(await page.textContent("#classes-title"), /10 classes/);
  await page.selectOption("#c-class", "7");
  await page.click("text=Show them");
  assert.match(page.url(), /class=7/);
  await page.fill("#c-augmentation", "crop 4, flip");
  await page.click("text=Show it");
  assert.equal(await page.locator("figure.variants").count(), 3);
  await page.locator(".thumbs a").first().click();
  await page.waitForSelector("main.try");
  assert.match(page.url(), /image=set-digits-t-\d+/);
  const saved = page.waitForEvent("download");
  await page.click('[data-export="onnx"]');
  assert.equal((await saved).suggestedFilename(), "digits.onnx");
  assert.match(await page.textContent(".exports .note"), /ONNX Runtime/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("nothing scrolls sideways", async () => {
  const { page, context, faults } = await open(studio);
  for (const path of ["/design", "/design?template=resnet-18&layer=conv1&with=lenet-5", "/data", "/data/digits?augmentation=crop+4,+flip"])
    for (const width of [320, 768, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(studio.at(path));
      const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(wide <= screen, `${path} is ${wide} wide on ${screen}`);
    }
  assert.deepEqual(faults, []);
  await context.close();
});
