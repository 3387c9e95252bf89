// Every page for everybody: axe in three modes, widths from 320 to 3840 pixels, the keyboard; the pages of the studio and those that the tool writes.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { partsOf, project, routes } from "./routes.js";
import { open, run, start } from "./studio.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const widths = [320, 360, 400, 768, 1280, 1400, 3840];
const mostStops = 1500;
let studio, made;
before(async () => {
  made = project();
  studio = await start(made.place);
});
after(async () => {
  await studio?.stop();
  made?.end();
});

// Where colours are forced the browser paints others than it says, so contrast cannot be read there.
const modes = [["light", {}, {}], ["dark", { colorScheme: "dark" }, {}], ["forced colours", { forcedColors: "active" }, { rules: { "color-contrast": { enabled: false } } }]];
// Behind the first part the rest of the page is the same.
const look = (page, rules, part) => page.evaluate(([given, place]) => axe.run(place ? `#${place}` : document, given).then((found) =>
  found.violations.map((one) => `${one.id} (${one.impact}): ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`)), [rules, part]);

for (const [name, options, rules] of modes)
  test(`axe finds nothing in ${name}`, async (t) => {
    const { page, context, faults } = await open(studio, options);
    const found = [];
    let looked = 0;
    const all = await routes(studio, context);
    for (const path of all) {
      await page.goto(studio.at(path));
      await page.evaluate(axe);
      await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
      for (const [index, part] of partsOf(path).entries()) {
        if (part) await page.click(`.tabs a[href="#${part}"]`);
        for (const violation of await look(page, rules, index > 0 ? part : "")) found.push(`${path} ${part}: ${violation}`);
        looked++;
      }
    }
    t.diagnostic(`${all.length} routes, ${looked} views, ${found.length} violations`);
    assert.deepEqual(found, []);
    assert.deepEqual(faults.filter((fault) => !/status of 404/.test(fault)), []);
    await context.close();
  });

test("nothing scrolls sideways from 320 to 3840 pixels", async (t) => {
  const { page, context } = await open(studio);
  const found = [];
  let looked = 0;
  for (const path of await routes(studio, context)) {
    await page.goto(studio.at(path));
    for (const part of partsOf(path)) {
      if (part) await page.click(`.tabs a[href="#${part}"]`);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        if (wide > screen) found.push(`${path} ${part} is ${wide} wide on ${screen}`);
        looked++;
      }
    }
  }
  t.diagnostic(`${looked} views x widths, ${found.length} scroll`);
  assert.deepEqual(found, []);
  await context.close();
});

test("Tab walks through every page to its end, and what has the focus is seen", async (t) => {
  const { page, context } = await open(studio);
  const found = [];
  let stops = 0;
  for (const path of await routes(studio, context)) {
    await page.goto(studio.at(path));
    const seen = new Set();
    for (let i = 0; i < mostStops; i++) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const one = document.activeElement;
        if (!one || one === document.body) return null;
        window.stops ??= new Map();
        if (!window.stops.has(one)) window.stops.set(one, window.stops.size);
        const box = one.getBoundingClientRect();
        const marks = [one, ...one.querySelectorAll(".piece, .node")].map((part) => getComputedStyle(part));
        return {
          number: window.stops.get(one), html: one.outerHTML.slice(0, 140), isSeen: box.width > 0 && box.height > 0 && box.right > 0,
          isMarked: marks.some((style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none" || parseFloat(style.strokeWidth) >= 2),
        };
      });
      if (stop === null) break;
      if (seen.has(stop.number)) {
        // The first one again is the end of the page.
        if (stop.number !== 0) found.push(`${path}: Tab is caught at ${stop.html}`);
        break;
      }
      seen.add(stop.number);
      if (!stop.isSeen) found.push(`${path}: the focus is out of sight at ${stop.html}`);
      if (!stop.isMarked) found.push(`${path}: the focus is not marked at ${stop.html}`);
      if (i === mostStops - 1) found.push(`${path}: more than ${mostStops} stops`);
    }
    if (seen.size === 0) found.push(`${path}: nothing takes the focus`);
    stops += seen.size;
  }
  t.diagnostic(`${stops} stops, ${found.length} faults`);
  assert.deepEqual(found, []);
  await context.close();
});

test("the pages that the tool writes: axe in three modes, no width scrolls, nothing is loaded", async (t) => {
  const { place } = made;
  const runs = join(place, "runs");
  const trained = readdirSync(runs)[0];
  run(place, "report", `runs/${trained}`, "--html", "run.html");
  run(place, "inspect", `runs/${trained}`, "--out", "inspect.html");
  run(place, "evaluate", `runs/${trained}`, "--html", "judged.html");
  run(place, "data", "preview", "digits", "--out", "preview.html", "--images", "4");
  run(place, "summary", "mnist-1k", "--html", "summary.html");
  run(place, "lab", "compare-optimizers", "--quick", "--epochs", "1", "--out", "labs", "--threads", "1", "--set", "data=digits", "--set", "training-images=320");
  const lab = join("labs", readdirSync(join(place, "labs"))[0], "lab.html");
  const files = [join("runs", trained, "report.html"), "run.html", "inspect.html", "judged.html", "preview.html", "summary.html", lab];
  const pictures = process.env.PICTURES;
  if (pictures) mkdirSync(pictures, { recursive: true });
  const found = [];
  let looked = 0;
  for (const [name, options, rules] of modes) {
    const context = await studio.browser.newContext({ offline: true, ...options });
    const page = await context.newPage();
    page.on("console", (message) => { if (message.type() === "error") found.push(message.text()); });
    page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) found.push(`it asks for ${request.url()}`); });
    for (const file of files) {
      await page.goto(pathToFileURL(join(place, file)).href);
      // The policy of these pages lets no script in: axe comes from outside the page.
      await page.evaluate(axe);
      await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        if (wide > screen) found.push(`${file} is ${wide} wide on ${screen}`);
        if (width === 400 || width === 1400) {
          for (const violation of await look(page, rules, "")) found.push(`${file} in ${name} at ${width}: ${violation}`);
          looked++;
          if (pictures && name === "light") await page.screenshot({ path: join(pictures, `${file.replace(/[^a-z.]+/g, "-")}-${width}.png`), fullPage: true });
        }
      }
    }
    await context.close();
  }
  t.diagnostic(`${files.length} files, ${looked} views, ${found.length} faults`);
  assert.deepEqual(found, []);
});
