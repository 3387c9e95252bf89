// Starts the built tool and a browser that knows its token. What every test file needs.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../../", import.meta.url));
// FEATUREMAP_TOOL=FILE tests another build.
const tool = process.env.FEATUREMAP_TOOL ?? `${root}src/FeatureMap.Cli/bin/Release/net10.0/featuremap`;
const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts a studio on a free port, over the project in a folder; with a browser of its own unless one is given, in a folder as a person would. */
export async function start(project, given, folder) {
  const child = spawn(tool, ["studio", "--port", "0", "--no-browser", ...(project ? ["--project", project] : [])], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const address = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (part) => {
      text += part;
      const found = /http:\S+/.exec(text);
      if (found) resolve(found[0]);
    });
    child.on("exit", (code) => reject(new Error(`the studio ended with ${code} before it printed an address`)));
  });
  const printed = performance.now();
  const browser = given ?? await chromium.launch({ executablePath: process.env.CHROMIUM ?? browsers.find(existsSync), args: ["--no-sandbox"] });
  return {
    address, browser, printed, pid: child.pid, at: (path) => new URL(path, address).href,
    async stop() {
      if (!given) await browser.close();
      child.kill("SIGINT");
    },
  };
}

/** Runs a command of the tool in a folder. */
export function run(folder, ...args) {
  return execFileSync(tool, args, { cwd: folder, encoding: "utf8" });
}

/** A page of the studio that fails the test on a console error or a request to anywhere else. */
export async function open(studio, options = {}) {
  const context = await studio.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  // On every tab of it.
  context.on("console", (message) => { if (message.type() === "error") faults.push(message.text()); });
  context.on("weberror", (error) => faults.push(error.error().message));
  context.on("request", (request) => {
    if (!request.url().startsWith(new URL(studio.address).origin) && !/^(data|blob):/.test(request.url())) faults.push(`foreign request ${request.url()}`);
  });
  await page.goto(studio.address);
  return { page, context, faults };
}

/** Ids of all lessons. */
export async function lessons(studio, context) {
  const answer = await context.request.get(studio.at("/learn"), { headers: { Accept: "application/json" } });
  return (await answer.json()).lessons.map((lesson) => lesson.id);
}

/**
 * Behind the press that begins a training or a lab: to its page, whose path begins like this. Until the one before has written its report,
 * or on a busy machine, it waits in the list, and is opened from there when it has begun.
 */
export async function toBegun(page, own) {
  const list = own.slice(0, own.lastIndexOf("/"));
  await page.waitForURL((address) => address.pathname === list || address.pathname.startsWith(own), { timeout: 60_000 });
  if (page.url().includes(own)) return;
  await page.waitForFunction(() => !document.querySelector(".starts .waiting, .starts .preparing"), undefined, { timeout: 180_000 });
  await page.locator(`a[href^="${own}"]`).first().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL((address) => address.pathname.startsWith(own));
}
