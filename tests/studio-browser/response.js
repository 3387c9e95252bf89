// How fast the studio is, measured where it is felt: in the browser, from a key to the painted numbers. `node response.js [SAMPLES]`, on a machine
// that does nothing else; a table goes to the terminal, the same as JSON to the file that RESPONSE_JSON names. Ends with 1 where a bar is missed.
// What is measured: keys in several lessons, at rest and while a training begun by the studio uses all threads; hover; a network of the size of
// ResNet-50 in Design; the page of a run of 300 epochs; the start of the tool, and its memory.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { Figures, pageOfRun, runsOf } from "./measures.js";
import { lessons, open, run, start, toBegun } from "./studio.js";

// On a machine that is busy with something else the figures are worth nothing, but they come.
const patience = 180_000;
const samples = Number(process.argv[2] ?? 40);
// One of each kind: grids, photographs, graphs, trainings in place, curves.
const watched = ["convolution", "channels", "receptive-field", "max-pool", "dilation", "transposed", "depthwise", "loss", "normalization", "optimizer", "residual"];
const figures = new Figures();
const tell = (...row) => figures.tell(...row);

/** From now on the page keeps when each key came, and when what it changed was painted: the first merge behind it, the frame after that, and the task
 * after the frame. The time of a key is the browser's, from before any script. */
const watchKeys = (page, isAnyChange) => page.evaluate((any) => {
  const stage = document.querySelector("#stage");
  window.answers = [];
  let pressed = null;
  for (const name of ["keydown", "input"]) addEventListener(name, (event) => { pressed ??= event.timeStamp; }, true);
  window.forget = () => { pressed = null; };
  new MutationObserver(() => {
    if (pressed === null) return;
    const began = pressed;
    pressed = null;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.answers.push(performance.now() - began);
      channel.port2.postMessage(0);
    });
  }).observe(stage, any ? { subtree: true, childList: true, characterData: true } : { attributes: true, attributeFilter: ["data-query"] });
}, isAnyChange);

/** Presses a key and waits for its answer on screen. */
async function press(page, key) {
  const before = await page.evaluate(() => { window.forget(); return window.answers.length; });
  await page.keyboard.press(key);
  await page.waitForFunction((count) => window.answers.length > count, before, { timeout: patience });
}

/** The answers, unless they were seen already. */
async function unveil(page) {
  const skip = page.locator("#predict-skip");
  if (await skip.isVisible()) await skip.click();
}

/** Keys in a lesson: numbers typed into its first grid, or its first slider moved. */
async function keysOf(page, id, count) {
  await page.goto(studio.at(`/learn/${id}`));
  await unveil(page);
  await watchKeys(page, false);
  const cell = page.locator("#stage figure.edited table[role=grid] td").first();
  const slider = page.locator("#controls input[type=range]").first();
  const isGrid = (await cell.count()) > 0;
  if (!isGrid && (await slider.count()) === 0) return [];
  for (let i = 0; i < count; i++) {
    if (isGrid) {
      // Another number each time; what is in the cell is left alone until the next key.
      await page.locator("#stage figure.edited table[role=grid] td").first().focus();
      await press(page, String(1 + ((i + 3) % 9)));
      await page.keyboard.press("Enter");
    } else {
      await slider.focus();
      const [value, most] = await slider.evaluate((one) => [Number(one.value), Number(one.max)]);
      await press(page, value < most && i % 2 === 0 ? "ArrowRight" : value > 0 ? "ArrowLeft" : "ArrowRight");
    }
    await page.waitForTimeout(30);
  }
  return page.evaluate(() => window.answers);
}

async function allKeys(page, name, count) {
  const every = [];
  for (const id of watched) {
    const times = await keysOf(page, id, count).catch((error) => { throw new Error(`${id}: ${error.message}`); });
    if (times.length === 0) continue;
    tell(`key to numbers, ${id}${name}`, times, "ms");
    every.push(...times);
  }
  tell(`key to numbers, all${name}`, every, "ms", 30, 100);
}

async function hover(page, count) {
  await page.goto(studio.at("/learn/convolution"));
  await unveil(page);
  await page.evaluate(() => {
    window.answers = [];
    addEventListener("mouseover", (event) => {
      if (!(event.target instanceof Element) || !event.target.closest('td[data-cell^="output:"]')) return;
      const began = event.timeStamp;
      // Behind the handlers of the page: what they did is in the document now.
      queueMicrotask(() => setTimeout(() => { if (document.querySelector("td.lit-source")) window.answers.push(performance.now() - began); }));
    });
  });
  for (let i = 0; i < count; i++) {
    await page.hover(`td[data-cell="output:${i % 9}"]`);
    await page.waitForTimeout(20);
  }
  return page.evaluate(() => window.answers);
}

async function design(page, count) {
  await page.goto(studio.at("/design?template=resnet-50"));
  const text = page.locator("#draft-text");
  await text.focus();
  await watchKeys(page, true);
  // A digit behind the channels of the first layer is typed and taken back.
  await text.evaluate((area) => {
    const found = /channels=\d+/.exec(area.value);
    const end = found.index + found[0].length;
    area.setSelectionRange(end, end);
  });
  for (let i = 0; i < count; i++) {
    await press(page, i % 2 === 0 ? "1" : "Backspace");
    await page.waitForTimeout(30);
  }
  return page.evaluate(() => window.answers);
}

const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/** From the command to the printed address, and to the first lesson on screen; memory a few seconds later. */
async function startOnce() {
  // The browser is there: what a tab of it takes to begin is not ours.
  const context = await browser.newContext();
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const began = performance.now();
  const one = await start(undefined, browser);
  const printed = one.printed - began;
  await page.goto(one.address.replace("/?", "/learn/convolution?"));
  await page.waitForFunction(() => document.querySelector("#b-output td") !== null);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  const drawn = performance.now() - began;
  await context.close();
  await new Promise((done) => setTimeout(done, 4000));
  const idle = memory(one.pid);
  await one.stop();
  return { printed, drawn, idle };
}

const place = mkdtempSync(`${tmpdir()}/featuremap-response-`);
console.log(`${cpus().length} processors, ${cpus()[0].model}; load ${loadavg()[0].toFixed(2)} at the start; ${samples} samples`);
const quick = ["--set", "data=digits", "--no-report"];
run(place, "train", "mnist-1k", ...quick, "--set", "training-images=64", "--epochs", "300");
let studio = await start(place);
const { browser } = studio;
try {
  const starts = [];
  for (let i = 0; i < 6; i++) starts.push(await startOnce());
  // The first one fills the caches of the disk.
  const warm = starts.slice(1);
  tell("start: address printed", warm.map((one) => one.printed), "ms", 600);
  tell("start: first lesson drawn", warm.map((one) => one.drawn), "ms", 1000);
  tell("memory, one lesson drawn, idle", warm.map((one) => one.idle), "MB", 120);

  const { page, context } = await open(studio);
  context.setDefaultTimeout(patience);
  const [first] = await runsOf(studio, context);
  await keysOf(page, "convolution", 10); // compiled by then
  await allKeys(page, "", samples);
  tell("hover to highlight, convolution", await hover(page, samples), "ms", 16);
  tell("key to findings, design, resnet-50", await design(page, samples), "ms", 100);
  tell("page of a run with 300 epochs", await pageOfRun(studio, context, first.id, Math.min(samples, 20)), "ms", 300);

  await page.goto(studio.at("/train?recipe=mnist-20k&data=digits&epochs=2000"));
  await page.click("#train-begin");
  await toBegun(page, "/runs/run-");
  await page.locator(".state.running").waitFor();
  const busy = page.url();
  const other = await context.newPage();
  await allKeys(other, ", while training", samples);
  tell("hover to highlight, while training", await hover(other, samples), "ms", 16);
  tell("key to findings, design, resnet-50, while training", await design(other, samples), "ms", 100);
  await page.goto(busy);
  await page.click("#act-stop");
  await page.locator(".state.stopped").waitFor({ timeout: patience });

  for (const id of await lessons(studio, context)) await other.goto(studio.at(`/learn/${id}`));
  await new Promise((done) => setTimeout(done, 15_000));
  tell("memory, all lessons drawn, 15 s idle", [memory(studio.pid)], "MB");
} finally {
  await studio.stop();
  rmSync(place, { recursive: true, force: true });
}
figures.end();
