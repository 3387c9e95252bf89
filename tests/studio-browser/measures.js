// What the scripts that measure have in common: a table of figures against their bars, and what is measured in more than one of them.
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";

const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];

/** Figures with their bars: a line on the terminal for each, and at the end what was missed. */
export class Figures {
  rows = [];

  get missed() { return this.rows.filter((row) => !row.isMet).length; }

  /** Adds a row; bars are upper bounds for the median and for 95 %. */
  tell(what, values, unit, bar, bar95) {
    const sorted = [...values].sort((a, b) => a - b);
    const row = { what, count: sorted.length, median: part(sorted, 0.5) ?? NaN, most: part(sorted, 0.95) ?? NaN, unit, bar, bar95 };
    row.isMet = (bar === undefined || row.median <= bar) && (bar95 === undefined || row.most <= bar95);
    this.rows.push(row);
    const bound = bar === undefined && bar95 === undefined ? "" : `  bar ${[bar, bar95 === undefined ? undefined : `95 % ${bar95}`].filter((one) => one !== undefined).join(" and ")} ${unit}: ${row.isMet ? "met" : "MISSED"}`;
    console.log(`${what.padEnd(62)} ${String(row.count).padStart(4)}  median ${row.median.toFixed(1).padStart(7)}  95 % ${row.most.toFixed(1).padStart(7)} ${unit}${bound}`);
  }

  /** Ends the script: 1 where a bar is missed. The file that RESPONSE_JSON names gets the same as JSON. */
  end() {
    console.log(this.missed === 0 ? "all bars are met" : `${this.missed} bars are missed`);
    if (process.env.RESPONSE_JSON) writeFileSync(process.env.RESPONSE_JSON, JSON.stringify({ load: loadavg(), rows: this.rows }, null, 1));
    process.exitCode = this.missed === 0 ? 0 : 1;
  }
}

/** Runs of a project, the newest first. */
export async function runsOf(studio, context) {
  return (await (await context.request.get(studio.at("/runs"), { headers: { Accept: "application/json" } })).json()).runs;
}

/** From the click on its name in the list to the painted page of a run. */
export async function pageOfRun(studio, context, id, count) {
  const times = [];
  const page = await context.newPage();
  for (let i = 0; i < count; i++) {
    await page.goto(studio.at("/runs"), { waitUntil: "load" });
    await page.waitForTimeout(200);
    await Promise.all([page.waitForURL(`**/runs/${id}`, { waitUntil: "load" }), page.click(`a[href="/runs/${id}"]`)]);
    times.push(await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))));
  }
  await page.close();
  return times;
}
