import { open, start } from "./studio.js";
import { readFileSync } from "node:fs";
const studio = await start();
const axe = readFileSync(new URL("./node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const out = "/work/helpers/design/shots/";
const pages = [["design", "/design"], ["design-lenet", "/design?template=lenet-5&layer=conv2&with=mnist-20k"], ["design-resnet50", "/design?template=resnet-50"], ["data", "/data"], ["digits", "/data/digits?class=7&augmentation=crop+4,+flip"], ["try", "/try"]];
for (const width of [1400, 400]) {
  const { page, context, faults } = await open(studio, { viewport: { width, height: 900 }, bypassCSP: true });
  for (const [name, path] of pages) {
    const began = Date.now();
    await page.goto(studio.at(path));
    const took = Date.now() - began;
    await page.screenshot({ path: `${out}${name}-${width}.png`, fullPage: name !== "design-resnet50" });
    const wide = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    await page.evaluate(axe);
    const result = await page.evaluate(async () => (await window.axe.run()).violations.map((one) => `${one.id} (${one.impact}): ${one.nodes.slice(0, 3).map((node) => node.target).join(" | ")}`));
    console.log(name, width, `${took} ms`, wide.join("/"), result.length ? result : "axe 0");
  }
  console.log(faults);
  await context.close();
}
// key to findings
{
  const { page, context } = await open(studio);
  await page.goto(studio.at("/design?template=resnet-50"));
  await page.focus("#draft-text");
  await page.keyboard.press("Control+End");
  const times = [];
  for (let i = 0; i < 15; i++) {
    const t = await page.evaluate(async () => {
      const area = document.getElementById("draft-text");
      area.value += "# "[Math.random() > 0.5 ? 0 : 1];
      const began = performance.now();
      const done = new Promise((resolve) => { const observer = new MutationObserver(() => { observer.disconnect(); resolve(performance.now() - began); }); observer.observe(document.getElementById("stage"), { attributes: true, subtree: true, childList: true, characterData: true }); });
      area.dispatchEvent(new Event("input", { bubbles: true }));
      return await done;
    });
    times.push(Math.round(t));
  }
  console.log("key to findings ResNet-50, browser, ms:", times.join(" "));
  await context.close();
}
await studio.stop();
