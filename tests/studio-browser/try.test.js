// The page Try in a browser: drawn by mouse and by keys, dropped, changed; and without scripts.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, sideways } from "./looks.js";
import { open, start } from "./studio.js";

let studio;
before(async () => { studio = await start(); });
after(async () => { await studio.stop(); });

const verdict = (page) => page.textContent(".verdict-line .big");

test("a one that is drawn by mouse is recognised, and going back undoes it", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/try"));
  const box = await page.locator("#pad-canvas").boundingBox();
  await page.mouse.move(box.x + box.width * 0.52, box.y + box.height * 0.15);
  await page.mouse.down();
  for (let i = 0; i <= 12; i++) await page.mouse.move(box.x + box.width * (0.52 - i * 0.003), box.y + box.height * (0.15 + i * 0.058));
  await page.mouse.up();
  await page.waitForFunction(() => location.search.includes("image=ink-") && document.querySelector(".verdict-line .big").textContent === "1");
  assert.match(await page.textContent(".seen .note"), /Set as the digits of MNIST: box of .*centred/);
  await page.goBack();
  await page.waitForFunction(() => location.search === "" && document.querySelector(".verdict-line .big").textContent === "7");
  await page.goForward();
  await page.waitForFunction(() => document.querySelector(".verdict-line .big").textContent === "1");
  await page.reload();
  assert.equal(await verdict(page), "1");
  assert.ok(await page.evaluate(() => [...document.querySelector("#pad-canvas").getContext("2d").getImageData(0, 0, 112, 112).data].filter((value) => value === 20).length > 300), "the drawing is on the square again");
  await page.click("#pad-clear");
  await page.waitForFunction(() => document.querySelector(".empty") !== null);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a one that is drawn by keys alone is recognised, and said", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/try"));
  await page.locator("#pad-canvas").focus();
  for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Space");
  for (let i = 0; i < 11; i++) await page.keyboard.press("Shift+ArrowDown");
  await page.waitForFunction(() => document.querySelector(".verdict-line .big")?.textContent === "1");
  await page.waitForFunction(() => document.querySelector("#spoken").textContent.includes("It says 1"));
  await page.keyboard.press("Delete");
  await page.waitForFunction(() => document.querySelector(".empty") !== null);
  assert.deepEqual(faults, []);
  await context.close();
});

test("an image that is dropped or chosen is sent and answered; what is none is explained", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/try"));
  await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [90, 120];
    const drawn = canvas.getContext("2d");
    drawn.fillStyle = "#fff";
    drawn.fillRect(0, 0, 90, 120);
    drawn.fillStyle = "#223";
    drawn.fillRect(40, 15, 11, 90);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
    const data = new DataTransfer();
    data.items.add(new File([blob], "one.jpg", { type: "image/jpeg" }));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await page.waitForFunction(() => location.search.includes("image=upload-"));
  assert.equal(await verdict(page), "1");
  assert.match(await page.textContent("#pick-note"), /one\.jpg: 90 × 120 pixels/);
  assert.ok(await page.locator('.samples a[aria-current] img[alt="one.jpg"]').count(), "it stands among the samples");
  await page.setInputFiles("#pick-file", { name: "text.png", mimeType: "image/png", buffer: Buffer.from("this is no image, whatever its name says") });
  await page.waitForFunction(() => document.querySelector("#pick-note").textContent.includes("expected PNG, JPEG or BMP"));
  // The browser says of each answer with an error that it was one.
  assert.deepEqual(faults.filter((fault) => !fault.includes("status of 415")), []);
  await context.close();
});

test("a channel is switched off and on, a pixel is changed by a click, and the answer follows", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/try"));
  const first = await page.textContent(".bars .best .number");
  await page.click(".layers summary");
  await page.click(".layers a.channel >> nth=2");
  await page.locator(".layers a.channel.off").waitFor();
  assert.ok(await page.evaluate(() => document.querySelector(".layers").open), "the layers stay open");
  assert.match(await page.textContent(".notice"), /Channel 2 of .* is off/);
  assert.ok(await page.locator(".bars thead th").count() === 4, "the change has a column");
  await page.click("text=Switch it on");
  await page.waitForFunction(() => !document.querySelector(".layers a.channel.off"));
  assert.equal(await page.textContent(".bars .best .number"), first);
  const seen = await page.locator(".seen img").boundingBox();
  await page.locator(".seen img").click({ position: { x: seen.width * 0.52, y: seen.height * 0.77 } });
  await page.waitForFunction(() => location.search === "?row=21&column=14&value=255");
  await page.fill("#c-value", "");
  await page.press("#c-value", "Tab");
  await page.waitForFunction(() => !location.search.includes("value"));
  assert.deepEqual(faults, []);
  await context.close();
});

test("without scripts a sample is chosen and a form computes", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/try"));
  assert.ok(await page.locator("text=Without scripts nothing can be drawn or sent").isVisible());
  assert.ok(!(await page.locator("#pad").isVisible()));
  await page.click('.samples a[title="a 3"]');
  assert.equal(await verdict(page), "3");
  await page.selectOption("#c-class", "5");
  await page.fill("#c-value", "255");
  await page.click('button:has-text("Compute")');
  assert.match(page.url(), /image=digit-3.*class=5.*value=255/);
  assert.equal(await page.textContent(".answer h4"), "Why 5?");
  await context.close();
});

test("nothing scrolls sideways, and pictures for a person are kept", async () => {
  const { page, context, faults } = await open(studio);
  for (const [index, path] of ["/try", "/try?image=shore", "/try?image=none", "/try?row=12&column=13&value=255&off=conv1%3A2"].entries()) {
    await page.goto(studio.at(path));
    await page.evaluate(() => { for (const one of document.querySelectorAll("details.layers")) one.open = true; });
    assert.deepEqual(await sideways(page, [320, 400, 768, 1400, 3840]), [], path);
    await picture(page, `try-${index}`);
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("a state is kept as B, the difference stands beside it, and it can be swapped and dropped", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution?input=7&kernel=5"));
  await page.click("text=Keep this state as B");
  await page.waitForFunction(() => document.querySelector("#ab")?.textContent.includes("It is the same as B"));
  await page.fill("#c-stride", "2");
  await page.waitForFunction(() => document.querySelector("#b-ab-cost") !== null && location.search.includes("stride=2"));
  assert.match(await page.textContent("#b-ab-numbers"), /output: size.*2x2.*3x3/);
  await page.click("text=Swap A and B");
  await page.waitForFunction(() => !document.querySelector("#c-stride").value.includes("2"));
  await page.click("text=Drop B");
  await page.waitForFunction(() => document.querySelector("#ab") === null && !location.search.includes("b="));
  await page.goBack();
  await page.waitForFunction(() => document.querySelector("#ab") !== null);
  assert.deepEqual(faults, []);
  await context.close();
});

test("without scripts two states are compared by links and the form", async () => {
  const { page, context } = await open(studio, { javaScriptEnabled: false });
  await page.goto(studio.at("/learn/convolution"));
  await page.click("text=Keep this state as B");
  await page.fill("#c-stride", "2");
  await page.click('button:has-text("Compute")');
  assert.match(await page.textContent("#b-ab-set"), /stride\s*2\s*1/);
  await context.close();
});

test("a kernel at hand keeps the picture, and a picture is chosen and drawn", async () => {
  const { page, context, faults } = await open(studio);
  await page.goto(studio.at("/learn/convolution?picture=chart"));
  await page.click('.presets a:text-is("blur")');
  await page.waitForFunction(() => location.search.includes("picture=chart") && location.search.includes("kernel=0.0625"));
  await page.click('.samples a[title="a 3"]');
  await page.waitForFunction(() => location.search.includes("picture=digit-3"));
  await page.click("#own-picture summary");
  await page.locator("#pad-canvas").focus();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => location.search.includes("picture=ink-"));
  assert.ok(await page.evaluate(() => document.querySelector("#own-picture").open));
  assert.deepEqual(faults, []);
  await context.close();
});
