// Every page for everybody: axe in three modes, widths from 320 to 3840 pixels, the keyboard; the pages of the studio and those that the tool writes.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { modes, picture, sideways, violations, visit } from "./looks.js";
import { partsOf, project, routes } from "./routes.js";
import { open, run, start } from "./studio.js";

const widths = [320, 360, 400, 768, 1280, 1400, 3840];
const mostStops = 1500;
const tabs = Math.max(1, availableParallelism());
let studio, made;
before(async () => {
  made = project();
  studio = await start(made.place);
});
after(async () => {
  await studio?.stop();
  made?.end();
});

/** Does something on every address, on as many tabs at a time as there are processors; gives the addresses. */
async function everywhere(action) {
  const { page, context, faults } = await open(studio);
  const all = await routes(studio, context);
  const left = [...all];
  const work = async (tab) => { for (let path = left.shift(); path !== undefined; path = left.shift()) await action(tab, path); };
  await Promise.all([page, ...(await Promise.all(Array.from({ length: tabs - 1 }, () => context.newPage())))].map(work));
  await context.close();
  return { all, faults };
}

test("axe finds nothing in light, dark and forced colours", async (t) => {
  const began = performance.now();
  const found = [];
  let looked = 0;
  const { all, faults } = await everywhere(async (page, path) => {
    await visit(page, studio.at(path));
    for (const [index, part] of partsOf(path).entries()) {
      if (part) await page.click(`.tabs a[href="#${part}"]`);
      // Behind the first part the rest of the page is the same.
      for (const violation of await violations(page, index > 0 ? part : "")) found.push(`${path} ${part} ${violation}`);
      looked += modes.length;
    }
  });
  t.diagnostic(`${all.length} routes, ${modes.length} modes, ${looked} views, ${found.length} violations, ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  assert.deepEqual(found, []);
  assert.deepEqual(faults.filter((fault) => !/status of 404/.test(fault)), []);
});

test("nothing scrolls sideways from 320 to 3840 pixels", async (t) => {
  const began = performance.now();
  const found = [];
  let looked = 0;
  await everywhere(async (page, path) => {
    await visit(page, studio.at(path));
    for (const part of partsOf(path)) {
      if (part) await page.click(`.tabs a[href="#${part}"]`);
      for (const wide of await sideways(page, widths)) found.push(`${path} ${part} is ${wide}`);
      looked += widths.length;
    }
  });
  t.diagnostic(`${looked} views x widths, ${found.length} scroll, ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  assert.deepEqual(found, []);
});

test("Tab walks through every page to its end, and what has the focus is seen", async (t) => {
  const began = performance.now();
  const found = [];
  let stops = 0;
  await everywhere(async (page, path) => {
    await visit(page, studio.at(path));
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
  });
  t.diagnostic(`${stops} stops, ${found.length} faults, ${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  assert.deepEqual(found, []);
});

test("the pages that the tool writes: axe in three modes, no width scrolls, nothing is loaded", async (t) => {
  const { place } = made;
  const runs = join(place, "runs");
  const trained = readdirSync(runs).find((name) => name.startsWith("mnist-1k"));
  run(place, "report", `runs/${trained}`, "--html", "run.html");
  run(place, "inspect", `runs/${trained}`, "--out", "inspect.html");
  run(place, "evaluate", `runs/${trained}`, "--html", "judged.html");
  run(place, "data", "preview", "digits", "--out", "preview.html", "--images", "4");
  run(place, "summary", "mnist-1k", "--html", "summary.html");
  const lab = join("runs", readdirSync(runs).find((name) => name.startsWith("compare-")), "lab.html");
  const files = [join("runs", trained, "report.html"), "run.html", "inspect.html", "judged.html", "preview.html", "summary.html", lab];
  const found = [];
  const context = await studio.browser.newContext({ offline: true });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") found.push(message.text()); });
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) found.push(`it asks for ${request.url()}`); });
  for (const file of files) {
    await page.goto(pathToFileURL(join(place, file)).href);
    for (const width of [400, 1400]) {
      await page.setViewportSize({ width, height: 900 });
      for (const violation of await violations(page)) found.push(`${file} at ${width} ${violation}`);
    }
    for (const wide of await sideways(page, widths)) found.push(`${file} is ${wide}`);
    await picture(page, file.replace(/[^a-z.]+/g, "-"));
  }
  await context.close();
  t.diagnostic(`${files.length} files, ${files.length * 2 * modes.length} views, ${found.length} faults`);
  assert.deepEqual(found, []);
});
