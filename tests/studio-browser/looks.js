// What every page is looked at for: axe in light, in dark and with forced colours, and whether it scrolls sideways. Modes and widths change on the page as it
// is, without loading it again.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Where colours are forced the browser paints others than it says, so contrast cannot be read there.
export const modes = [
  { name: "light", media: { colorScheme: "light", forcedColors: "none" }, rules: {} },
  { name: "dark", media: { colorScheme: "dark", forcedColors: "none" }, rules: {} },
  { name: "forced colours", media: { colorScheme: "light", forcedColors: "active" }, rules: { "color-contrast": { enabled: false } } },
];

/** Folder of pictures for a person, where PICTURES names one. */
export const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

/** Opens an address; what was too much at once, on a machine that is busy, is asked for again. */
export async function visit(page, address) {
  for (let tries = 0; tries < 20; tries++) {
    const answer = await page.goto(address);
    if (answer?.status() !== 429) return;
    await page.waitForTimeout(1000);
  }
}

/** What axe finds on the page, or in a part of it, in all modes; what is folded is opened. The policy of some pages lets no script in: axe comes from outside. */
export async function violations(page, part = "") {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  await page.evaluate(() => { for (const one of document.querySelectorAll("details")) one.open = true; });
  const found = [];
  for (const { name, media, rules } of modes) {
    await page.emulateMedia(media);
    const here = await page.evaluate(([given, place]) => globalThis.axe.run(place ? `#${place}` : document, { rules: given, resultTypes: ["violations"] }).then((result) =>
      result.violations.map((one) => `${one.id} (${one.impact}): ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`)), [rules, part]);
    found.push(...here.map((one) => `in ${name}: ${one}`));
  }
  await page.emulateMedia(modes[0].media);
  return found;
}

/** The widths at which the page is wider than its window, or the mark of a line beside its name larger than a word. */
export async function sideways(page, widths) {
  const found = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    if (wide > screen) found.push(`${wide} wide on ${screen}`);
    const mark = await page.evaluate(() => Math.max(0, ...[...document.querySelectorAll(".legend svg")].map((one) => one.getBoundingClientRect().width)));
    if (mark > 40) found.push(`a mark of a legend is ${mark} wide on ${screen}`);
  }
  return found;
}

/** Pictures of the whole page for a person, at 400 and 1400 pixels and in dark. */
export async function picture(page, name) {
  if (!pictures) return;
  for (const width of [400, 1400]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${pictures}/${name}-${width}.png`, fullPage: true });
  }
  await page.emulateMedia(modes[1].media);
  await page.screenshot({ path: `${pictures}/${name}-dark.png`, fullPage: true });
  await page.emulateMedia(modes[0].media);
}
