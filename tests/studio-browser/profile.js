// Where the time from a key to painted numbers goes: `node profile.js [SAMPLES] [LESSON...]`. Each key is cut at what the page can see (asked, answered,
// merged, painted), and the work of the page's main thread is read from the browser's own trace, as processor time, which another program that runs
// beside it does not lengthen. response.js says whether the bars are met; this says what to mend.
import { cpus, loadavg } from "node:os";
import { open, start } from "./studio.js";

const samples = Number(process.argv[2] ?? 25);
const watched = process.argv.length > 3 ? process.argv.slice(3)
  : ["convolution", "channels", "receptive-field", "max-pool", "dilation", "transposed", "depthwise", "loss", "normalization", "optimizer", "residual"];
const works = ["FunctionCall", "RunMicrotasks", "EventDispatch", "TimerFire", "ParseHTML", "UpdateLayoutTree", "Layout", "PrePaint", "Paint", "Layerize", "Commit", "HitTest", "MinorGC", "MajorGC"];
const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** The socket of the page tells when it asked and was answered, and how long the answer was. */
const spy = () => {
  window.marks = null;
  window.keys = [];
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(address) {
      super(address);
      this.addEventListener("message", (event) => {
        if (!window.marks?.asked) return;
        window.marks.answered = performance.now();
        window.marks.size = event.data.length;
      });
    }

    send(text) {
      if (window.marks) window.marks.asked = performance.now();
      super.send(text);
    }
  };
};

const watchKeys = (page) => page.evaluate(() => {
  for (const name of ["keydown", "input"]) addEventListener(name, (event) => { window.marks ??= { pressed: event.timeStamp }; }, true);
  new MutationObserver(() => {
    const own = window.marks;
    if (!own?.answered) return;
    window.marks = null;
    own.merged = performance.now();
    requestAnimationFrame(() => {
      own.frame = performance.now();
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { own.painted = performance.now(); window.keys.push(own); };
      channel.port2.postMessage(0);
    });
  }).observe(document.querySelector("#stage"), { attributes: true, attributeFilter: ["data-query"] });
});

async function press(page, key) {
  const before = await page.evaluate(() => { window.marks = null; return window.keys.length; });
  await page.keyboard.press(key);
  await page.waitForFunction((count) => window.keys.length > count, before, { timeout: 60_000 });
}

async function keysOf(page, id, count) {
  await page.goto(studio.at(`/learn/${id}`));
  const skip = page.locator("#predict-skip");
  if (await skip.isVisible().catch(() => false)) await skip.click();
  await watchKeys(page);
  const cell = page.locator("#stage figure.edited table[role=grid] td").first();
  const slider = page.locator("#controls input[type=range]").first();
  const isGrid = (await cell.count()) > 0;
  if (!isGrid && (await slider.count()) === 0) return [];
  for (let i = 0; i < count; i++) {
    if (isGrid) {
      await cell.focus();
      await press(page, String(1 + ((i + 3) % 9)));
      await page.keyboard.press("Enter");
    } else {
      await slider.focus();
      const [value, most] = await slider.evaluate((one) => [Number(one.value), Number(one.max)]);
      await press(page, value < most && i % 2 === 0 ? "ArrowRight" : value > 0 ? "ArrowLeft" : "ArrowRight");
    }
    await page.waitForTimeout(30);
  }
  return page.evaluate(() => window.keys);
}

/** Processor time of each kind of work on the main thread of the page, without what is nested in it, in milliseconds. */
function workOf(trace) {
  const events = JSON.parse(trace.toString()).traceEvents;
  const mains = new Set(events.filter((one) => one.name === "thread_name" && one.args.name === "CrRendererMain").map((one) => `${one.pid}/${one.tid}`));
  const own = new Map();
  for (const main of mains) {
    const list = events.filter((one) => one.ph === "X" && `${one.pid}/${one.tid}` === main);
    const open = [];
    for (const event of list.sort((a, b) => a.ts - b.ts || b.dur - a.dur)) {
      while (open.length > 0 && open.at(-1).ts + open.at(-1).dur <= event.ts) open.pop();
      const time = event.tdur ?? 0;
      own.set(event.name, (own.get(event.name) ?? 0) + time);
      if (open.length > 0) own.set(open.at(-1).name, (own.get(open.at(-1).name) ?? 0) - time);
      open.push(event);
    }
  }
  return new Map([...own].map(([name, time]) => [name, time / 1000]));
}

const studio = await start();
try {
  console.log(`${cpus().length} processors, ${cpus()[0].model}; load ${loadavg()[0].toFixed(2)}; medians of ${samples} keys in milliseconds`);
  const context = await studio.browser.newContext({ viewport: { width: 1280, height: 900 } });
  await context.addInitScript(spy);
  const page = await context.newPage();
  await page.goto(studio.address);
  await keysOf(page, "convolution", 10); // compiled by then
  for (const id of watched) {
    const warm = await keysOf(page, id, 3);
    if (warm.length === 0) { console.log(`${id}: no grid and no slider`); continue; }
    await studio.browser.startTracing(page, { categories: ["devtools.timeline", "v8"] });
    const keys = await keysOf(page, id, samples);
    const work = workOf(await studio.browser.stopTracing());
    const part = (from, to) => middle(keys.map((one) => one[to] - one[from])).toFixed(1).padStart(6);
    console.log(`${id.padEnd(16)} all ${part("pressed", "painted")}: key to question ${part("pressed", "asked")}, to answer ${part("asked", "answered")}`
      + `, merged ${part("answered", "merged")}, to the frame ${part("merged", "frame")}, painted ${part("frame", "painted")}; answer ${(middle(keys.map((one) => one.size)) / 1024).toFixed(0)} KB`);
    const most = [...work].filter(([name, time]) => works.includes(name) || time / samples > 1).sort((a, b) => b[1] - a[1]).filter(([, time]) => time / samples > 0.15);
    console.log(`${"".padEnd(16)} work of the page a key, with what a test asks of it: ${most.map(([name, time]) => `${name} ${(time / samples).toFixed(1)}`).join(", ")}`);
  }
  await context.close();
} finally {
  await studio.stop();
}
