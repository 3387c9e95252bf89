import { open, start } from "./studio.js";
const studio = await start();
const { page, context, faults } = await open(studio);
const shots = [["whole", "/walk/digits"], ["layer", "/walk/digits?layer=conv2"], ["cell", "/walk/digits?layer=conv1&channel=2&cell=8_9"], ["bn", "/walk/digits?layer=batchNorm1&channel=1&cell=8_8"], ["linear", "/walk/digits?layer=linear1&channel=7&cell=0_0"], ["pointwise", "/walk/digits?layer=conv3&channel=4&cell=8_8"], ["pool", "/walk/digits?layer=maxPool1&channel=4&cell=4_4"], ["choice", "/walk"], ["lesson", "/learn/residual"]];
const wanted = process.argv.slice(2);
for (const [name, path] of shots) {
  if (wanted.length && !wanted.includes(name)) continue;
  for (const width of [1400, 400]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(studio.at(path));
    await page.screenshot({ path: `/tmp/walkshots/w-${name}-${width}.png`, fullPage: true });
  }
}
console.log(faults);
await context.close();
await studio.stop();
