// A timeline: the cells of a grid one after the other, played, stepped and scrubbed. It plays only when somebody asks for it.
import { all, always, isTyping, make, one } from "./page.js";
import { light, placesOf } from "./links.js";

const Speeds = ["0.25", "0.5", "1", "2", "4", "8"];

/** @typedef {{ host: HTMLElement, at: number, timer: number, speed: number }} Player */

/** @type {Player[]} */
let players = [];

export function startTimelines() {
  always(() => {
    const known = players;
    players = all(".timeline").map((host) => known.find((player) => player.host === host) ?? build(host));
    for (const gone of known.filter((player) => !players.includes(player))) clearTimeout(gone.timer);
    for (const player of players) {
      const count = steps(player).length;
      if (player.at >= count) stop(player);
      part(player, "range").setAttribute("max", String(Math.max(count - 1, 0)));
      if (player.at >= 0) showStep(player, Math.min(player.at, count - 1));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof Element && event.target.closest("button, summary, a, [role=grid], input"))) return;
    const player = players.find((one) => one.host.offsetParent !== null);
    if (!player) return;
    if (event.key === " ") toggle(player);
    else if (event.key === "ArrowRight") moveStep(player, 1);
    else if (event.key === "ArrowLeft") moveStep(player, -1);
    else return;
    event.preventDefault();
  });
}

/**
 * @param {HTMLElement} host
 * @returns {Player}
 */
function build(host) {
  const player = { host, at: -1, timer: 0, speed: 1 };
  const bar = make("div", { "data-own": "", class: "player", role: "group", "aria-label": "Step by step" });
  bar.append(
    button("first", "|◀", "First step", () => showStep(player, 0)),
    button("back", "◀", "One step back", () => moveStep(player, -1)),
    button("play", "▶ Play", "Play the steps", () => toggle(player)),
    button("next", "▶", "One step on", () => moveStep(player, 1)),
  );
  const range = /** @type {HTMLInputElement} */ (make("input", { type: "range", min: "0", value: "0", "aria-label": "Step", "data-part": "range" }));
  range.addEventListener("input", () => showStep(player, Number(range.value)));
  const speed = /** @type {HTMLSelectElement} */ (make("select", { "aria-label": "Speed" }));
  for (const factor of Speeds) speed.append(new Option(`${factor}×`, factor, factor === "1", factor === "1"));
  speed.addEventListener("change", () => {
    player.speed = Number(speed.value);
  });
  bar.append(range, speed, make("output", { "data-part": "text", class: "step-text" }, "Play, or step with ← and →."));
  host.prepend(bar);
  return player;
}

/**
 * @param {string} part
 * @param {string} text
 * @param {string} name
 * @param {() => void} action
 * @returns {HTMLElement}
 */
function button(part, text, name, action) {
  const element = make("button", { type: "button", "aria-label": name, title: name, "data-part": part }, text);
  element.addEventListener("click", action);
  return element;
}

/**
 * @param {Player} player
 * @param {string} name
 * @returns {HTMLElement}
 */
function part(player, name) {
  return /** @type {HTMLElement} */ (one(`[data-part="${name}"]`, player.host));
}

/**
 * @param {Player} player
 * @returns {HTMLElement[]}
 */
function steps(player) {
  return all(".steps li", player.host);
}

/** @param {Player} player */
function toggle(player) {
  if (player.timer) {
    stop(player);
    return;
  }
  part(player, "play").textContent = "⏸ Stop";
  showStep(player, player.at + 1 >= steps(player).length ? 0 : player.at + 1);
  beat(player);
}

/** @param {Player} player */
function beat(player) {
  player.timer = window.setTimeout(() => {
    if (player.at + 1 >= steps(player).length || !player.host.isConnected) {
      stop(player);
      return;
    }
    showStep(player, player.at + 1);
    beat(player);
  }, 900 / player.speed);
}

/** @param {Player} player */
function stop(player) {
  clearTimeout(player.timer);
  player.timer = 0;
  part(player, "play").textContent = "▶ Play";
}

/**
 * @param {Player} player
 * @param {number} by
 */
function moveStep(player, by) {
  stop(player);
  showStep(player, Math.min(Math.max(player.at + by, 0), steps(player).length - 1));
}

/**
 * Shows a step: its cell is lit, those after it are not there yet.
 * @param {Player} player
 * @param {number} at
 */
function showStep(player, at) {
  const list = steps(player);
  if (list.length === 0) return;
  player.at = at;
  /** @type {HTMLInputElement} */ (part(player, "range")).value = String(at);
  for (const [index, item] of list.entries()) {
    item.classList.toggle("current", index === at);
    for (const cell of placesOf(item.dataset.cell ?? ""))
      if (cell.localName === "td") cell.classList.toggle("later", index > at && at < list.length - 1);
  }
  part(player, "text").textContent = `${at + 1} of ${list.length}: ${list[at].textContent}`;
  light(list[at].dataset.cell ?? "");
}
