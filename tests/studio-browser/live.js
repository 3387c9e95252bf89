// What the workbench promises while something trains, measured in real chromium with real trainings: `node live.js [SECONDS] [TURNS] [DATA]`, on a machine that
// does nothing else. From an event of a training to the screen; what an open page costs a training (turns with and without it, of SECONDS each); the page
// of a run with 300 epochs. A table goes to the terminal, the same as JSON to the file that RESPONSE_JSON names. Ends with 1 where a bar is missed.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, watch } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { Figures, pageOfRun, runsOf } from "./measures.js";
import { open, run, start } from "./studio.js";

const seconds = Number(process.argv[2] ?? 20);
const turns = Number(process.argv[3] ?? 5);
const data = process.argv[4] ?? "digits";
const patience = 600_000;
const figures = new Figures();
const nap = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const ticksPerSecond = 100;

/** Begins a training as the page Train does. */
async function begin(context, settings) {
  const answer = await context.request.post(studio.at("/api/runs"), {
    data: { recipe: "mnist-20k", data, settings },
    headers: { Origin: new URL(studio.address).origin, Accept: "application/json" },
  });
  let begun = await answer.json();
  if (!answer.ok()) throw new Error(`${answer.status()}: ${begun.detail}`);
  // It waits until the one before has written its report.
  while (!begun.run) {
    if (begun.state === "failed") throw new Error(begun.problem);
    await nap(100);
    const { starts } = await (await context.request.get(studio.at("/runs"), { headers: { Accept: "application/json" } })).json();
    begun = starts.find((one) => one.id === begun.id);
  }
  return begun.run;
}

/** Seconds of training and of an epoch, when it is complete; nothing is asked of the studio meanwhile. */
async function ended(context, id) {
  const folder = join(place, "runs", (await runsOf(studio, context)).find((one) => one.id === id).name);
  const began = Date.now();
  while (!existsSync(join(folder, "model.safetensors"))) {
    if (Date.now() - began > patience) throw new Error(`${id} does not end`);
    await nap(200);
  }
  const rows = readFileSync(join(folder, "log.jsonl"), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return rows.findLast((row) => row.totalSeconds !== undefined).totalSeconds;
}

/** Processor seconds of the studio and the browser so far, without trainings: those are children of the studio. */
function workOfPages() {
  const all = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
      all.set(Number(pid), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (pid) => {
    for (let at = all.get(pid)?.parent; at !== undefined; at = all.get(at)?.parent) {
      if (at === studio.pid) return false;
      if (at === process.pid) return true;
    }
    return false;
  };
  return [...all].filter(([pid]) => isOurs(pid)).reduce((sum, [, one]) => sum + one.ticks, 0) / ticksPerSecond;
}

/** What the page paints, with the time of the day of each paint: steps and the last epoch. */
const watchPage = (page) => page.evaluate(() => {
  window.painted = [];
  const numberOf = (text) => Number((text ?? "").replaceAll(",", "").match(/\d+/)?.[0] ?? 0);
  const now = () => ({
    step: numberOf(document.querySelector('[data-live="step"]')?.textContent),
    epoch: numberOf([...document.querySelectorAll(".figures dt")].find((one) => one.textContent.startsWith("last "))?.nextElementSibling?.textContent.split("epoch")[1]),
  });
  let last = now();
  new MutationObserver(() => {
    const seen = now();
    if (seen.step === last.step && seen.epoch === last.epoch) return;
    last = seen;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.painted.push({ ...seen, time: performance.timeOrigin + performance.now() });
      channel.port2.postMessage(0);
    });
  }).observe(document.querySelector("#stage"), { subtree: true, childList: true, characterData: true });
});

/** What the training writes, with the time of the day at which it was there. */
function watchFolder(folder) {
  const events = [];
  const seen = { step: -1, epoch: 0 };
  const look = () => {
    const time = Date.now();
    try {
      const live = join(folder, "live.json");
      const { step } = JSON.parse(readFileSync(live, "utf8"));
      if (step > seen.step) events.push({ kind: "step", at: seen.step = step, time: Math.min(time, statSync(live).mtimeMs) });
    } catch {
      // Not there (yet), or being replaced.
    }
    const epoch = readFileSync(join(folder, "log.jsonl"), "utf8").split("\n").filter((line) => line.includes('"epoch"') && line.includes("totalSeconds")).length;
    if (epoch > seen.epoch) events.push({ kind: "epoch", at: seen.epoch = epoch, time });
  };
  const watcher = watch(folder, look);
  return { events, end: () => watcher.close() };
}

async function eventsToScreen(page, context, epochs) {
  const id = await begin(context, { epochs: String(epochs) });
  await page.goto(studio.at(`/runs/${id}`));
  await page.locator(".state.running").waitFor({ timeout: patience });
  await page.locator('[data-live="step"]').waitFor({ timeout: patience });
  await watchPage(page);
  const folder = watchFolder(join(place, "runs", (await runsOf(studio, context)).find((one) => one.id === id).name));
  await ended(context, id);
  await page.locator(".state.complete").waitFor({ timeout: patience });
  folder.end();
  const painted = await page.evaluate(() => window.painted);
  for (const [kind, what] of [["step", "a step (live.json) to the screen"], ["epoch", "an epoch (log) to the screen"]]) {
    // The newest wins: an event is on screen when it or a later one is. Behind the last epoch the page shows the end instead.
    const times = folder.events.filter((event) => event.kind === kind).map((event) => {
      const shown = painted.find((one) => one[kind] >= event.at && one.time >= event.time - 1);
      return shown === undefined ? undefined : shown.time - event.time;
    }).filter((time) => time !== undefined);
    figures.tell(`event: ${what}`, times, "ms", 500, 500);
  }
}

/** One training, with its page open or with nothing open. */
async function turn(page, context, epochs, isOpen) {
  const id = await begin(context, { epochs: String(epochs) });
  if (isOpen) await page.goto(studio.at(`/runs/${id}`));
  const before = workOfPages();
  const time = await ended(context, id);
  const work = workOfPages() - before;
  await page.goto("about:blank");
  await nap(1000);
  return { time, work };
}

const place = mkdtempSync(`${tmpdir()}/featuremap-live-`);
console.log(`${cpus().length} processors, ${cpus()[0].model}; load ${loadavg()[0].toFixed(2)} at the start; ${turns} turns of about ${seconds} s with and without a page`);
run(place, "train", "mnist-1k", "--set", "data=digits", "--no-report", "--set", "training-images=64", "--epochs", "300");
const studio = await start(place);
try {
  const { page, context } = await open(studio);
  context.setDefaultTimeout(patience);
  const [long] = await runsOf(studio, context);
  await pageOfRun(studio, context, long.id, 3); // compiled by then
  figures.tell("page of a run with 300 epochs", await pageOfRun(studio, context, long.id, 20), "ms", 300);

  const first = await ended(context, await begin(context, { epochs: "4" }));
  const epochs = Math.max(3, Math.round((seconds * 4) / first));
  await eventsToScreen(page, context, epochs);
  const [alone, watched, ratios] = [[], [], []];
  for (let i = 0; i < turns; i++) {
    // Neither is always the first of its pair.
    const order = i % 2 === 0 ? [false, true] : [true, false];
    const pair = {};
    for (const isOpen of order) pair[isOpen] = await turn(page, context, epochs, isOpen);
    alone.push(pair.false);
    watched.push(pair.true);
    ratios.push((pair.true.time / pair.false.time - 1) * 100);
    console.log(`turn ${i + 1}: ${pair.false.time.toFixed(2)} s alone, ${pair.true.time.toFixed(2)} s with its page open`);
  }
  figures.tell("a training, nothing open", alone.map((one) => one.time), "s");
  figures.tell("a training, its page open", watched.map((one) => one.time), "s");
  figures.tell("what the open page costs, pair by pair", ratios, "%", 2);
  const share = (list) => list.map((one) => (one.work / one.time / cpus().length) * 100);
  figures.tell("processors used by studio and browser, nothing open", share(alone), "%");
  figures.tell("processors used by studio and browser, page open", share(watched), "%");
} finally {
  await studio.stop();
  rmSync(place, { recursive: true, force: true });
}
figures.end();
