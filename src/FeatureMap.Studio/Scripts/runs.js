// Pages of runs: what happens is shown as it comes, and buttons that change something.
import { always, one, speak } from "./page.js";
import { askAgain, settled } from "./form.js";
import { post, reason, watch } from "./live.js";

// The numbers of a training are painted as they come. The page with its curves is read again as soon as something has happened, and so rarely that a training
// loses little by it: what it took, this many times, lies between.
const Rests = 100;
const LeastRest = 250;

/** The topic that is watched. */
let watched = "";
/** The timer of the next reading; 0 for none. */
let due = 0;
/** When the page may be read again. */
let rested = 0;
/** The state of the run that is shown; empty where it is not that of one run. */
let state = "";
/** Buttons whose answer is on its way. @type {WeakSet<HTMLButtonElement>} */
const pressed = new WeakSet();

export function startRuns() {
  const main = one("main.runs");
  if (!main) return;
  main.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-post]") : null;
    if (button instanceof HTMLButtonElement) void press(button);
    if (event.target instanceof Element && event.target.id === "note-save") void note();
  });
  always(follow);
}

/** Watches the topic of the stage; after a gap from its new number. */
function follow() {
  const stage = one("#stage");
  const topic = stage?.dataset.topic;
  // Said when the page shows it: the event itself may have come before anybody listened.
  const kind = /^(run|lab)\//.exec(topic ?? "")?.[1];
  const now = kind ? one("#stage .state")?.textContent ?? "" : "";
  if (["running", "preparing"].includes(state) && now !== state && now !== "running") speak(`The ${kind ?? "run"} is ${now}.`);
  state = now;
  if (!stage || !topic || watched === topic) return;
  watched = topic;
  watch(topic, Number(stage.dataset.seq ?? 0), (told) => hear(told.event, told.data));
}

/**
 * @param {string} event
 * @param {Record<string, unknown> | null} data
 */
function hear(event, data) {
  if (event === "progress" && data) {
    progress(data);
    return;
  }
  // What a page watched for a while, such as a range test, and no longer waits for.
  if (!one("#stage")?.dataset.topic) return;
  // How it is when somebody begins to watch: shown already, mostly.
  if (event === "watching" || (data?.state !== undefined && data.state === state)) return;
  if (event === "lost") watched = "";
  // How it ended is not kept waiting.
  if (data?.state !== undefined) {
    clearTimeout(due);
    due = rested = 0;
  }
  soon();
}

function soon() {
  if (due === 0) due = setTimeout(() => void look(), Math.max(0, rested - performance.now()));
}

async function look() {
  // What nobody sees is read when somebody does.
  if (document.hidden) await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
  due = 0;
  const began = performance.now();
  await askAgain();
  rested = performance.now() + Math.max(LeastRest, (performance.now() - began) * Rests);
}

/** @param {Record<string, unknown>} data */
function progress(data) {
  for (const [name, text] of Object.entries(/** @type {Record<string, string>} */ (data.texts ?? {}))) {
    const place = one(`[data-live="${CSS.escape(name)}"]`);
    if (place && place.textContent !== text) place.textContent = text;
  }
  const bar = one('[data-live="share"]');
  if (bar instanceof HTMLProgressElement) bar.value = Number(data.share ?? 0);
}

/** @param {HTMLButtonElement} button */
async function press(button) {
  // What was typed a moment ago counts: the answer to it brings the body, or says what is wrong with it.
  await settled();
  if (button.disabled || pressed.has(button) || (button.dataset.body !== undefined && one("#stage.old"))) return;
  // Not disabled: that would take the focus from who works by keys.
  pressed.add(button);
  say("…");
  try {
    const answer = await post(button.dataset.post ?? "", JSON.parse(button.dataset.body ?? "{}"));
    const address = /** @type {{ address?: string, said?: string }} */ (answer);
    say(address.said ?? "");
    if (address.address && address.address !== location.pathname) location.assign(address.address);
    else await askAgain();
  } catch (error) {
    problem(reason(error));
  } finally {
    pressed.delete(button);
  }
}

async function note() {
  const place = one("[data-note]");
  const text = /** @type {HTMLTextAreaElement | null} */ (one("#note-text"));
  const said = one("#note-said");
  if (!place || !text || !said) return;
  try {
    await post(place.dataset.note ?? "", { text: text.value });
    said.textContent = "Saved.";
  } catch (error) {
    said.textContent = reason(error);
  }
}

/** @param {string} text */
function say(text) {
  const place = one(".said");
  if (place) place.textContent = text;
}

/** @param {string} text */
function problem(text) {
  say("");
  const place = one("#problem");
  if (!place) return;
  place.hidden = false;
  place.textContent = text;
}
