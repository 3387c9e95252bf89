// Design, Data and export in a browser: typing, buttons and keys, back as undo, fixes, and without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, sideways } from "./looks.js";
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

/** Waits until the text of the network passes. */
const written = (page, pattern) => page.waitForFunction((source) => new RegExp(source).test(document.querySelector("#draft-text").value), pattern.source);

test("blocks by mouse: opened, set, moved, copied, branched, and undone", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/design"));
  await page.fill("#draft-text", Faulty);
  await page.waitForFunction(() => document.querySelectorAll(".block-head").length === 6);
  await page.click("#head-2");
  await page.waitForSelector("#s-kernel");
  assert.match(page.url(), /block=2/);
  // A setting is live: text, cost and findings come with each key, and the focus stays.
  await page.fill("#s-kernel", "5");
  await written(page, /channels=8 kernel=5/);
  await page.fill("#s-channels", "1");
  await page.focus("#s-channels");
  await page.keyboard.press("End");
  await page.keyboard.type("23", { delay: 5 });
  await written(page, /channels=123 kernel=5/);
  assert.deepEqual(await page.evaluate(() => [document.activeElement.id, document.activeElement.value]), ["s-channels", "123"]);
  await page.selectOption("#s-bias", "false");
  await written(page, /kernel=5 bias=false/);
  // A half edit is told at its block, and nothing is lost.
  await page.fill("#s-kernel", "");
  await page.waitForSelector("#block-2 #fault-2");
  assert.match(await page.textContent("#fault-2"), /kernel/);
  assert.equal(await page.getAttribute("#s-kernel", "aria-invalid"), "true");
  await page.fill("#s-kernel", "3");
  await page.waitForFunction(() => !document.querySelector("#fault-2") && document.querySelectorAll(".sheet tbody tr").length === 6);
  await page.fill("#b-name", "stem");
  await page.press("#b-name", "Enter");
  await written(page, /\nstem: Conv2d/);
  await page.click("#block-down");
  await page.waitForSelector("#block-3.open");
  assert.equal(await page.evaluate(() => document.activeElement.id), "block-down");
  await page.click("#block-copy");
  await page.waitForSelector("#block-4.open");
  await page.selectOption("#block-from", "input");
  await page.selectOption("#block-by", "Concat");
  await page.click("#block-branch");
  await written(page, /concat1: Concat\(stem1, input\)/);
  await page.waitForSelector("#block-5 #fault-5"); // their maps have other sizes
  await page.click("#block-remove");
  await page.waitForFunction(() => document.querySelectorAll(".block-head").length === 7);
  await page.selectOption("#block-layer", "Dropout probability=0.1");
  await page.click("#block-add");
  await written(page, /Dropout probability=0.1/);
  // What stands in the text stands in the blocks, and back is undo for both.
  const lines = (await page.inputValue("#draft-text")).split("\n").length;
  assert.equal(await page.locator(".block-head").count(), lines);
  await page.goBack();
  await page.waitForFunction((count) => document.querySelectorAll(".block-head").length === count - 1, lines);
  assert.doesNotMatch(await page.inputValue("#draft-text"), /Dropout/);
  assert.equal(await page.inputValue("#draft-text").then((text) => text.split("\n").length), lines - 1);
  await page.reload();
  assert.equal(await page.locator(".block-head").count(), lines - 1);
  assert.deepEqual(faults, []);
  await context.close();
});

test("blocks by keys alone", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/design"));
  await page.fill("#draft-text", Faulty);
  await page.waitForFunction(() => document.querySelectorAll(".block-head").length === 6);
  // The list is one tab stop.
  assert.equal(await page.locator('.block-head[tabindex="0"]').count(), 1);
  await page.focus('.block-head[tabindex="0"]');
  const focused = () => page.evaluate(() => document.activeElement.id);
  await page.keyboard.press("Home");
  assert.equal(await focused(), "head-1");
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), "head-4");
  assert.match(await page.textContent("#caret-line"), /^line 4 of/);
  await page.keyboard.press("Alt+ArrowUp");
  await page.waitForFunction(() => document.activeElement.id === "head-3");
  await written(page, /Relu\nBatchNorm/);
  await page.keyboard.press("Alt+Shift+ArrowDown");
  await page.waitForFunction(() => document.activeElement.id === "head-4");
  await written(page, /Relu\nrelu2: Relu\nBatchNorm/);
  await page.keyboard.press("Alt+Delete");
  await page.waitForFunction(() => document.querySelectorAll(".block-head").length === 6);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#block-2.open");
  assert.equal(await focused(), "head-2");
  await page.keyboard.press("Tab"); // name
  assert.equal(await focused(), "b-name");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "s-channels");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("16", { delay: 10 });
  await written(page, /channels=16 kernel=3/);
  await page.keyboard.press("Escape");
  assert.equal(await focused(), "head-2");
  await page.keyboard.press("End");
  assert.equal(await focused(), "head-6");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("b");
  await page.waitForFunction(() => document.activeElement.id === "block-from");
  await page.keyboard.type("conv1");
  for (let i = 0; i < 2; i++) await page.keyboard.press("Tab");
  assert.equal(await focused(), "block-branch");
  await page.keyboard.press("Enter");
  await written(page, /BatchNorm\nadd1: Add\(batchNorm1, conv1\)/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Space");
  assert.equal(await focused(), "block-layer");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  assert.match(await page.textContent("#help"), /in the blocks of Design/);
  assert.deepEqual(faults, []);
  await context.close();
});

// How long that takes is measured by response.js: a test with a clock fails where other work runs.
test("ResNet-50: every key has its answer, in the text and in a block", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/design?template=resnet-50&block=2"));
  await page.waitForFunction(() => document.querySelectorAll(".block-head").length > 150);
  const answered = async (field, act) => {
    await page.focus(field);
    for (let i = 0; i < 6; i++) {
      const before = await page.getAttribute("#stage", "data-query");
      await act(i);
      await page.waitForFunction((query) => document.querySelector("#stage").dataset.query !== query, before);
    }
  };
  await page.focus("#draft-text");
  await page.keyboard.press("Control+End");
  await answered("#draft-text", (i) => page.keyboard.type(i ? "x" : "# x"));
  assert.match(await page.inputValue("#draft-text"), /# x{6}$/);
  await answered("#s-channels", (i) => page.fill("#s-channels", String(48 + i)));
  assert.match(await page.inputValue("#draft-text"), /channels=53\b/);
  assert.deepEqual(faults, []);
  await context.close();
});

test("two networks layer by layer, a field on an image, and an overlap", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/design?template=lenet-5"));
  await page.selectOption("#d-with", "lenet-5");
  await page.waitForFunction(() => /, 0 changed, 0 only here/.test(document.querySelector("#rows-digest")?.textContent ?? ""));
  await page.click("#head-2");
  await page.fill("#s-channels", "9");
  await page.waitForFunction(() => /[1-9]\d* changed, 0 only here/.test(document.querySelector("#rows-digest")?.textContent ?? ""));
  assert.match(await page.textContent("table.rows .differs"), /9 channels/);
  await page.selectOption("#d-layer", { index: 2 });
  await page.selectOption("#d-on", "digit-7");
  await page.waitForSelector(".field-picture.measured image");
  assert.match(await page.textContent("#measured-words"), /pixels of the image in the box/);
  await page.fill("#draft-text", "input: 1x8x8\nup: ConvTranspose2d channels=2 kernel=3 stride=2");
  await page.waitForFunction(() => document.querySelectorAll(".block-head").length === 2);
  await page.selectOption("#d-layer", "up");
  await page.waitForFunction(() => /between 1 and 4 times/.test(document.querySelector("#overlap-words")?.textContent ?? ""));
  assert.deepEqual(faults, []);
  await context.close();
});

test("blocks without scripts", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/design"));
  await page.fill("#draft-text", Faulty);
  await page.click("text=Compute");
  await page.click("#head-2");
  await page.fill("#s-kernel", "5");
  await page.fill("#b-name", "stem");
  await page.click('button[value="set:2"]');
  assert.match(await page.inputValue("#draft-text"), /stem: Conv2d channels=8 kernel=5/);
  await page.fill("#s-kernel", "7");
  await page.press("#s-kernel", "Enter");
  assert.match(await page.inputValue("#draft-text"), /stem: Conv2d channels=8 kernel=7/);
  await page.click('button[value="down:2"]');
  assert.match(await page.inputValue("#draft-text"), /BatchNorm\nstem: Conv2d/);
  await page.selectOption("#block-from", "input");
  await page.click('button[value="branch:3"]');
  assert.match(await page.inputValue("#draft-text"), /add1: Add\(stem, input\)/);
  assert.match(await page.textContent("#block-4"), /✗/);
  await page.click('button[value="remove:4"]');
  await page.selectOption("#block-layer", "Relu");
  await page.click('button[value^="add:"]');
  assert.equal((await page.inputValue("#draft-text")).match(/Relu/g).length, 2);
  await context.close();
});

test("neighbours of an image", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/data/digits"));
  await page.locator(".thumbs .near").first().click();
  await page.waitForSelector(".neighbours li:nth-child(13)");
  assert.match(page.url(), /near=\d+#near$/);
  assert.match(await page.textContent("#near-words"), /of its 12 nearest/);
  await page.selectOption("#c-distance", "euclidean");
  await page.click("text=Find its neighbours");
  assert.match(page.url(), /distance=euclidean/);
  await page.locator(".neighbours li:nth-child(2) a").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/near=\d+/);
  assert.deepEqual(faults, []);
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
  for (const [index, path] of ["/design", "/design?template=resnet-18&layer=conv1&with=lenet-5&block=2&on=digit-7", "/data", "/data/digits?augmentation=crop+4,+flip&near=3"].entries()) {
    await page.goto(studio.at(path));
    assert.deepEqual(await sideways(page, [320, 768, 1280]), [], path);
    await picture(page, `design-${index}`);
  }
  assert.deepEqual(faults, []);
  await context.close();
});
