// Every address of the studio, for the tests that look at all of them; and a project with runs, so that their pages are there.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { lessons, run } from "./studio.js";

// The page Walk: the choice, the whole, and each kind of arithmetic.
const walks = ["/walk", "/walk/digits", "/walk/digits?layer=conv2&channel=1&cell=8_8", "/walk/digits?layer=batchNorm1&channel=1&cell=8_8",
  "/walk/digits?layer=maxPool1&channel=1&cell=4_4", "/walk/digits?layer=globalAveragePool1&channel=1&cell=0_0", "/walk/digits?layer=linear1&channel=3&cell=0_0"];
const own = ["/learn", "/learn?find=no+such+lesson", ...walks, "/design", "/design?template=lenet-5&layer=conv1&with=mnist-20k&block=2&on=digit-7",
  "/design?text=input:+1x8x8%0Aup:+ConvTranspose2d+channels=2+kernel=3+stride=2%0AConv2d+kernel=&layer=up&block=3",
  "/design?text=input:+1x8x8%0Aup:+ConvTranspose2d+channels=2+kernel=3+stride=2&layer=up&block=1", "/data", "/data/digits", "/data/digits?near=3&part=validation", "/data/digits?class=7&augmentation=crop+4,+flip", "/data/digits?check=on",
  "/try", "/try?image=shore&class=3&off=conv1%3A1&row=3&column=4&value=255", "/try?image=none", "/labs", "/labs/compare-optimizers?size=quick&epochs=no", "/labs/segmentation", "/train?rates=x&trial=y", "/learn/convolution?stride=2&b=%3Fkernel%3D5", "/no/such/page"];

/** The parts of a lesson, each behind a tab. */
export const parts = ["forward", "matrix", "gradient", "cost", "code", "reference", "practice"];

/** The parts that are looked at on an address: those of a lesson one by one. */
export const partsOf = (path) => (path.startsWith("/learn/") ? parts : [""]);

/** A folder with two finished runs of the embedded digits, a small lab and a range test; `end` removes it. */
export function project() {
  const place = mkdtempSync(`${tmpdir()}/featuremap-pages-`);
  for (const seed of ["1", "2"]) run(place, "train", "mnist-1k", "--set", "data=digits", "--set", "training-images=640", "--threads", "1", "--epochs", "3", "--seed", seed);
  run(place, "lab", "compare-normalizations", "--quick", "--set", "data=digits", "--epochs", "1", "--seeds", "1", "--set", "training-images=320", "--threads", "1");
  run(place, "lr-find", "mnist-1k", "--set", "data=digits", "--set", "training-images=640", "--set", "threads=1", "--out", "runs/rate-tests/mnist-1k-before.json");
  return { place, end: () => rmSync(place, { recursive: true, force: true }) };
}

/** All addresses, or those of ROUTES=/try,/learn/convolution alone. */
export async function routes(studio, context) {
  if (process.env.ROUTES) return process.env.ROUTES.split(",");
  const answer = await context.request.get(studio.at("/runs"), { headers: { Accept: "application/json" } });
  const ids = (await answer.json()).runs.filter((one) => one.recipe === "mnist-1k").map((one) => one.id);
  const labs = await context.request.get(studio.at("/labs"), { headers: { Accept: "application/json" } });
  const lab = (await labs.json()).begun[0].id;
  const ofRuns = ["/train", "/train?view=full&epochs=no", "/runs", `/runs/${ids[0]}`, `/runs/${ids[0]}?axis=step&smooth=0.6`, `/runs/${ids[0]}?epoch=2`, `/runs/${ids[0]}/mistakes?cell=3_3`, `/compare?runs=${ids.slice(0, 2)}&matrix=on`, "/compare", `/walk/${ids[0]}`, `/try?models=digits,${ids[0]}`,
    `/labs/${lab}`, "/train?recipe=mnist-1k&data=digits&training-images=640&rates=mnist-1k-before&trial=x"];
  return [...own, ...ofRuns, ...(await lessons(studio, context)).map((id) => `/learn/${id}`)];
}
