// A person's campaign: from `featuremap studio` to an own digit recognised and an own network trained and exported, at 1400 and at 360 pixels, by what
// a person sees alone: words of links and buttons, labels of fields. Every press, choice, typed field and stroke is an action and is counted. With PACE=1
// it goes at the pace of a person: the times of the keystroke-level model (Card, Moran and Newell, 1980), and some seconds to read each new page.
// PICTURES=DIR keeps what the person sees. docs/campaign.md tells what came out.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { open, start } from "./studio.js";

const mostActions = 15, mostMinutes = 5;
// Seconds: to decide, to point, to press a key, to draw a stroke, to read a page.
const pace = { decide: 1.35, point: 1.1, key: 0.28, stroke: 2, read: 5 };
const isPaced = process.env.PACE === "1";
const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

/** Somebody who knows nothing but what the page shows. */
class Person {
  /** @param {import("playwright-core").Page} page */
  constructor(page, name) {
    [this.page, this.name, this.actions, this.shown] = [page, name, [], 0];
    this.began = performance.now();
  }

  async wait(seconds) {
    if (isPaced) await this.page.waitForTimeout(seconds * 1000);
  }

  async act(what, seconds, action) {
    await this.wait(pace.decide + seconds);
    await action();
    this.actions.push(what);
  }

  press(what, target) { return this.act(`press "${what}"`, pace.point, () => target.click()); }

  type(what, target, text) { return this.act(`type "${text}" into ${what}`, pace.point + text.length * pace.key, () => target.fill(text)); }

  choose(what, target, value) { return this.act(`choose "${value}" of ${what}`, 2 * pace.point, () => target.selectOption(value)); }

  async read() { await this.wait(pace.read); }

  async show(what) {
    await this.page.evaluate(() => document.fonts.ready);
    if (pictures) await this.page.screenshot({ path: `${pictures}/campaign-${this.name}-${++this.shown}-${what}.png` });
  }

  get minutes() { return (performance.now() - this.began) / 60_000; }
}

/** Strokes over the drawing square, by a finger where there is one, in parts of the square. */
async function draw(page, context, strokes, hasTouch) {
  const box = await page.locator("#pad-canvas").boundingBox();
  const at = ([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height });
  const finger = hasTouch ? await context.newCDPSession(page) : null;
  for (const points of strokes) {
    if (finger) {
      await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at(points[0])] });
      for (const point of points.slice(1)) await finger.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [at(point)] });
      await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    } else {
      const [first, ...rest] = points.map(at);
      await page.mouse.move(first.x, first.y);
      await page.mouse.down();
      for (const point of rest) await page.mouse.move(point.x, point.y, { steps: 4 });
      await page.mouse.up();
    }
  }
}

const arc = (x, y, radius, from, to) => Array.from({ length: 17 }, (_, i) => from + ((to - from) * i) / 16).map((turn) => [x + radius * Math.cos(turn), y + radius * Math.sin(turn)]);
// A three in one stroke: two bows, open to the left.
const three = [[...arc(0.47, 0.34, 0.16, -2.6, 1.4), ...arc(0.47, 0.64, 0.19, -1.4, 2.5)]];

for (const [name, options] of [["1400", { viewport: { width: 1400, height: 900 } }], ["360", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }]])
  test(`from the first page to an own digit, an own network and its ONNX file, at ${name} pixels`, async (t) => {
    const place = mkdtempSync(`${tmpdir()}/featuremap-campaign-`);
    const studio = await start(undefined, undefined, place);
    try {
      const { page, context, faults } = await open(studio, options);
      const person = new Person(page, name);
      person.actions.push("type featuremap studio"); // which opens the browser
      await person.read();

      await person.press("Try", page.getByRole("link", { name: "Try", exact: true }));
      await page.waitForURL("**/try");
      await person.read();
      await person.act("draw a three", pace.stroke, () => draw(page, context, three, options.hasTouch));
      await page.waitForFunction(() => document.querySelector(".verdict-line .big")?.textContent === "3");
      await person.show("digit");

      await person.press("Design", page.getByRole("link", { name: "Design", exact: true }));
      await page.waitForURL("**/design");
      await person.read();
      const text = page.locator("#draft-text");
      const own = (await text.inputValue()).replace("channels=16", "channels=12");
      await person.act("type 12 channels in the first layer", pace.point + 3 * pace.key, () => text.fill(own));
      await page.waitForFunction(() => location.search.includes("draft="));
      await person.show("network");
      await person.type("the name of the network", page.locator("#save-name"), "mine");
      await person.press("Keep it", page.locator("#save-name").locator("xpath=ancestor::form[1]//button"));
      await person.press("Train it now", page.getByRole("link", { name: "Train it now" }));
      await page.waitForURL(/\/train/);
      await person.read();
      await person.choose("the data", page.locator("#c-data"), "digits");
      await person.type("epochs", page.locator("#c-epochs"), "4");
      await page.waitForFunction(() => document.querySelector(".command pre")?.textContent?.includes("--epochs 4"));
      await person.show("training");
      await person.press("Begin the training", page.locator("#train-begin"));
      await page.waitForURL(/\/runs/);
      // On a machine that has much else to do a training takes its time to begin, and waits in the list.
      if (!/\/runs\/run-/.test(page.url())) await person.press("the run in the list", page.locator('.runs-table a[href^="/runs/run-"]').first());
      await page.waitForURL(/\/runs\/run-/);
      await page.locator(".state.complete").waitFor({ timeout: 200_000 });
      await person.read();
      await person.show("run");

      const saved = page.waitForEvent("download");
      await person.press("ONNX", page.locator('[data-export="onnx"]'));
      const file = await saved;
      assert.ok(file.suggestedFilename().endsWith(".onnx"));
      const bytes = readFileSync(await file.path());
      assert.ok(bytes.length > 1000 && bytes.includes("Conv"), "it is a graph with convolutions");
      await page.waitForFunction(() => /ONNX/.test(document.querySelector(".exports .note")?.textContent ?? ""));
      assert.equal(await page.locator('.note:has-text("featuremap stop")').count(), 0, "what could be done while it ran is gone");
      await person.show("export");

      t.diagnostic(`${name} pixels: ${person.actions.length} actions, ${person.minutes.toFixed(1)} minutes${isPaced ? " at the pace of a person" : ""}`);
      for (const [index, action] of person.actions.entries()) t.diagnostic(`${index + 1}. ${action}`);
      assert.deepEqual(faults, []);
      assert.ok(person.actions.length <= mostActions, `${person.actions.length} actions`);
      assert.ok(person.minutes < mostMinutes, `${person.minutes} minutes`);
      await context.close();
    } finally {
      await studio.stop();
      rmSync(place, { recursive: true, force: true });
    }
  });
