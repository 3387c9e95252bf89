// Images from elsewhere: a file that is chosen, dropped or pasted, and a frame of the camera. They are sent to the studio on this machine, which keeps them until it ends.
import { all, one, speak } from "./page.js";
import { setControl } from "./form.js";

const MostBytes = 8 * 1024 * 1024;
const LongestSide = 4096;
const SmallSide = 2048;
const Read = ["image/png", "image/jpeg", "image/bmp"];

/** @type {MediaStream | null} */
let stream = null;

export function startPick() {
  const name = one("#pad")?.dataset.picks;
  if (!name) return;
  const send = (/** @type {Blob} */ file, /** @type {string} */ title) => void sendImage(file, title, name);
  one("#pick-file")?.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const file = input.files?.[0];
    if (file) send(file, file.name);
    input.value = "";
  });
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    send(file, file.name);
  });
  document.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    send(file, file.name || "pasted.png");
  });
  startCamera(send);
  document.addEventListener("click", choosePixel);
}

/** @param {string} text */
function say(text) {
  const note = one("#pick-note");
  if (note) note.textContent = text;
}

/**
 * @param {Blob} file
 * @param {string} title
 * @param {string} name
 */
async function sendImage(file, title, name) {
  try {
    say(`${title} is being read…`);
    const [body, remark] = await fitting(file);
    const form = new FormData();
    form.append("image", body, title);
    const answer = await fetch("/api/uploads", { method: "POST", body: form, headers: { "X-FeatureMap-Upload": "1" }, credentials: "same-origin" });
    const got = /** @type {{ id: string, width: number, height: number, detail?: string, fix?: string }} */ (await answer.json());
    if (!answer.ok) {
      say(`${got.detail ?? `The studio answered with status ${answer.status}.`} ${got.fix ?? ""}`);
      return;
    }
    say(`${title}: ${got.width} × ${got.height} pixels.${remark}`);
    speak(`${title} was read.`);
    setControl(name, got.id, true);
  } catch (error) {
    say(`${title} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * What the studio takes: PNG, JPEG and BMP of up to 8 MiB and 4,096 pixels. The browser makes a PNG of what it can read besides, and scales down what is larger; both are said.
 * @param {Blob} file
 * @returns {Promise<[Blob, string]>}
 */
async function fitting(file) {
  if (Read.includes(file.type) && file.size <= MostBytes) {
    const known = await createImageBitmap(file).catch(() => null);
    // What the browser cannot read the studio explains.
    if (!known || Math.max(known.width, known.height) <= LongestSide) return [file, ""];
  }
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return [file, ""];
  const scale = Math.min(1, SmallSide / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale))];
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) return [file, ""];
  return [blob, scale < 1 ? ` The browser scaled it down from ${picture.width} × ${picture.height}.` : " The browser made a PNG of it."];
}

/** @param {(file: Blob, title: string) => void} send */
function startCamera(send) {
  const [button, take] = [one("#pick-camera"), one("#pick-frame")];
  const video = /** @type {HTMLVideoElement | null} */ (one("#pick-video"));
  if (!button || !take || !video) return;
  if (!navigator.mediaDevices) button.hidden = true;
  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = take.hidden = true;
    button.textContent = "Camera";
  };
  button.addEventListener("click", async () => {
    if (stream) {
      stop();
      return;
    }
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 }, audio: false });
      if (stream) {
        opened.getTracks().forEach((track) => track.stop());
        return;
      }
      stream = opened;
      video.srcObject = stream;
      video.hidden = take.hidden = false;
      button.textContent = "Stop the camera";
      await video.play();
      say("What the camera sees stays on this machine. Take a frame of it.");
    } catch (error) {
      stop();
      say(`There is no picture of a camera: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  take.addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      if (blob) send(blob, "camera.png");
      stop();
    }, "image/png");
  });
  addEventListener("pagehide", stop);
}

/**
 * A click on what the network sees chooses the pixel that is changed.
 * @param {MouseEvent} event
 */
function choosePixel(event) {
  const picture = event.target instanceof HTMLImageElement && event.target.dataset.rows ? event.target : null;
  if (!picture) return;
  const [rows, columns] = [Number(picture.dataset.rows), Number(picture.dataset.columns)];
  const box = picture.getBoundingClientRect();
  const row = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows)));
  const column = Math.min(columns - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * columns)));
  const fields = /** @type {HTMLInputElement[]} */ (all("#c-row, #c-column, #c-value"));
  if (fields.length !== 3) return;
  fields[0].value = String(row);
  fields[1].value = String(column);
  setControl("value", fields[2].value === "" ? "255" : fields[2].value, true);
}
