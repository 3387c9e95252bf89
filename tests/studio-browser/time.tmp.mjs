import { open, start } from "./studio.js";
const studio = await start();
const { page } = await open(studio);
await page.goto(studio.at("/design?template=resnet-50"));
const r = await page.evaluate(async () => {
  const text = document.getElementById("draft-text").value;
  const out = {};
  const run = async (name, f) => { const t = []; for (let i = 0; i < 12; i++) { const b = performance.now(); const x = await (await f(i)).text(); t.push(Math.round(performance.now() - b)); out[name + " bytes"] = x.length; } t.sort((a, b) => a - b); out[name] = `min ${t[0]} median ${t[6]}`; };
  const post = (body) => fetch("/api/design/check", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  await run("text", () => fetch("/design/network.txt?template=resnet-50"));
  await run("json file (parse+write)", () => fetch("/design/network.json?template=resnet-50"));
  await run("check json", (i) => post({ text: text + "#" + i }));
  await run("check json+html", (i) => post({ text: text + "#" + i, html: true }));
  await run("check problem", (i) => post({ text: text + "\nx" + i, html: true }));
  return out;
});
console.log(r);
await studio.stop();
