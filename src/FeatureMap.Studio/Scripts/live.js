// Asks the studio over one socket; by fetch where there is none. Backs off when it is lost, and says so.

/**
 * @typedef {{ title: string, detail: string, where?: string, received?: string, expected?: string, arithmetic?: string, fix?: string, status: number }} Problem
 * @typedef {{ html: string, cuts?: number[] }} Part what stands on a page, and where its pieces begin and end
 * @typedef {{ resolve: (part: Part) => void, reject: (error: Error) => void, path: string }} Waiting
 */

/** What the studio refuses, with what teaches. */
export class Refusal extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** @type {WebSocket | null} */
let socket = null;
let isOpen = false;
let wait = 500;
let number = 0;
/** @type {Map<number, Waiting>} */
const waiting = new Map();
/** @type {() => void} */
let again = () => {};
/**
 * @typedef {{ event: string, data: Record<string, unknown> | null }} Told
 * @type {Map<string, { after: number, hear: (told: Told) => void }>}
 */
const topics = new Map();

/**
 * Opens the socket and keeps it open.
 * @param {() => void} whenBack called when it is there again after it was lost
 */
export function startLive(whenBack) {
  again = whenBack;
  connect(false);
}

/**
 * The part of a page.
 * @param {string} path
 * @returns {Promise<Part>}
 */
export function ask(path) {
  if (!socket || !isOpen) return fetched(path);
  const own = ++number;
  const send = socket;
  return new Promise((resolve, reject) => {
    waiting.set(own, { resolve, reject, path });
    send.send(JSON.stringify({ ask: own, path }));
  });
}

/**
 * What happens of a topic from now on; after the socket was away, it goes on where it was. Told "lost" where there is a gap: then the page is
 * read again and watches anew.
 * @param {string} topic
 * @param {number} after the number of the last event that is known
 * @param {(told: Told) => void} hear
 */
export function watch(topic, after, hear) {
  topics.set(topic, { after, hear });
  if (isOpen) tell(topic);
}

/** @param {string} topic */
function tell(topic) {
  const own = topics.get(topic);
  if (own) socket?.send(JSON.stringify({ watch: [topic], after: { [topic]: own.after } }));
}

/** @param {boolean} isReturn */
function connect(isReturn) {
  const own = new WebSocket(`ws://${location.host}/live`);
  socket = own;
  own.addEventListener("open", () => {
    isOpen = true;
    wait = 500;
    say("");
    for (const topic of topics.keys()) tell(topic);
    if (isReturn) again();
  });
  own.addEventListener("message", (event) => received(String(event.data)));
  own.addEventListener("close", () => {
    isOpen = false;
    // What was asked over it is asked again by fetch.
    const lost = [...waiting.values()];
    waiting.clear();
    for (const one of lost) fetched(one.path).then(one.resolve, one.reject);
    setTimeout(() => connect(true), wait);
    wait = Math.min(wait * 2, 10_000);
    say("The studio does not answer. It is asked again.");
  });
}

/** @param {string} text */
function received(text) {
  const message = /** @type {{ answer: number, html?: string, cuts?: number[], problem?: Problem, topic?: string, lost?: string, seq?: number } & Told} */ (JSON.parse(text));
  const topic = message.topic ?? message.lost;
  if (topic !== undefined) {
    const known = topics.get(topic);
    if (!known) return;
    if (message.seq !== undefined) known.after = message.seq;
    if (message.lost !== undefined) topics.delete(topic);
    known.hear(message.lost === undefined ? message : { event: "lost", data: null });
    return;
  }
  const own = waiting.get(message.answer);
  if (!own) return;
  waiting.delete(message.answer);
  if (message.html !== undefined) own.resolve({ html: message.html, cuts: message.cuts });
  else if (message.problem) own.reject(new Refusal(message.problem));
}

/**
 * @param {string} path
 * @returns {Promise<Part>}
 */
async function fetched(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html;q=0, */*" }, credentials: "same-origin" });
  const text = await answer.text();
  if (answer.ok) return { html: text };
  if ((answer.headers.get("Content-Type") ?? "").includes("json")) throw new Refusal(/** @type {Problem} */ (JSON.parse(text)));
  throw new Error(`The studio answered with status ${answer.status}.`);
}

/**
 * Sends something by POST, and gives what is answered.
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<unknown>}
 */
export async function post(path, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
  const got = /** @type {unknown} */ (await answer.json());
  if (!answer.ok) throw new Refusal(/** @type {Problem} */ (got));
  return got;
}

/**
 * What went wrong, and what to do, in one line.
 * @param {unknown} error
 */
export function reason(error) {
  if (error instanceof Refusal) return [error.problem.detail, error.problem.fix].filter(Boolean).join(" ");
  return error instanceof Error ? error.message : String(error);
}

/** @param {string} text */
function say(text) {
  const place = document.getElementById("connection");
  if (place) place.textContent = text;
}
