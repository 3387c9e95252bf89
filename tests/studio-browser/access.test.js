// Every page for everybody: axe, widths from 320 to 3840 pixels, three modes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { lessons, open, start } from "./studio.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// The page Walk: the choice, the whole, and each kind of arithmetic.
const walks = ["/walk", "/walk/digits", "/walk/digits?layer=conv2&channel=1&cell=8_8", "/walk/digits?layer=batchNorm1&channel=1&cell=8_8",
  "/walk/digits?layer=maxPool1&channel=1&cell=4_4", "/walk/digits?layer=globalAveragePool1&channel=1&cell=0_0", "/walk/digits?layer=linear1&channel=3&cell=0_0"];
// ROUTES=/try,/learn/convolution looks at these alone.
const only = process.env.ROUTES?.split(",");
const own = ["/learn", ...walks, "/design", "/design?template=lenet-5&layer=conv1&with=mnist-20k&block=2&on=digit-7", "/design?text=input:+1x8x8%0Aup:+ConvTranspose2d+channels=2+kernel=3+stride=2%0AConv2d+kernel=&layer=up&block=3", "/design?text=input:+1x8x8%0Aup:+ConvTranspose2d+channels=2+kernel=3+stride=2&layer=up&block=1", "/data", "/data/digits", "/data/digits?class=7&augmentation=crop+4,+flip", "/data/digits?near=3&part=validation", "/try", "/try?image=shore&class=3&off=conv1%3A1&row=3&column=4&value=255", "/try?image=none", "/learn/convolution?stride=2&b=%3Fkernel%3D5"];
const routes = async (context) => only ?? [...own, ...(await lessons(studio, context)).map((id) => `/learn/${id}`)];
const parts = ["forward", "matrix", "gradient", "cost", "code", "reference", "practice"];
let studio;
before(async () => { studio = await start(); });
after(async () => { await studio.stop(); });

// Where colours are forced the browser paints others than it says, so contrast cannot be read there.
const modes = [["light", {}, {}], ["dark", { colorScheme: "dark" }, {}], ["forced colours", { forcedColors: "active" }, { rules: { "color-contrast": { enabled: false } } }]];
for (const [name, options, rules] of modes)
  test(`axe finds nothing in ${name}`, async () => {
    const { page, context, faults } = await open(studio, options);
    for (const path of await routes(context)) {
      await page.goto(studio.at(path));
      await page.evaluate(axe);
      await page.evaluate(() => { for (const one of document.querySelectorAll("details.layers, details.own")) one.open = true; });
      for (const part of path.startsWith("/learn/") ? parts : [""]) {
        if (part) await page.click(`.tabs a[href="#${part}"]`);
        const found = await page.evaluate((given) => axe.run(document, given), rules);
        assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`), [], `${path} ${part}`);
      }
    }
    assert.deepEqual(faults, []);
    await context.close();
  });

test("nothing scrolls sideways from 320 to 3840 pixels", async () => {
  const { page, context } = await open(studio);
  for (const path of ["/learn?find=no+such+lesson", ...await routes(context)]) {
    await page.goto(studio.at(path));
    for (const part of path.startsWith("/learn/") ? parts : [""]) {
      if (part) await page.click(`.tabs a[href="#${part}"]`);
      for (const width of [320, 360, 768, 1280, 3840]) {
        await page.setViewportSize({ width, height: 900 });
        const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.ok(wide <= screen, `${path} ${part} is ${wide} wide on ${screen}`);
      }
    }
  }
  await context.close();
});
