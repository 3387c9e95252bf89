// The studio's scripts together. Each is a hand of a page that is complete without it.
import { always } from "./page.js";
import { startTheme } from "./theme.js";
import { startKeys } from "./keys.js";
import { startLearn } from "./learn.js";
import { startTabs, markTab } from "./tabs.js";
import { startGrids } from "./grid.js";
import { startLinks } from "./links.js";
import { startTimelines } from "./timeline.js";
import { startPredict } from "./predict.js";
import { startPractice } from "./practice.js";
import { startTools } from "./tools.js";
import { askAgain, setControl, startForm } from "./form.js";
import { startLive } from "./live.js";
import { startPad } from "./pad.js";
import { startPick } from "./pick.js";
import { startWalk } from "./walk.js";

startTheme();
startKeys();
startLearn();
startTabs();
always(markTab);
startPredict();
startGrids();
startLinks();
startTimelines();
startPractice();
startTools();
startForm();
startPad();
startPick();
startWalk();
document.addEventListener("choose", (event) => {
  const { control, text } = /** @type {CustomEvent<{ control: string, text: string }>} */ (event).detail;
  setControl(control, text, true);
});
if (document.querySelector("main.lesson, main.try, main.walk")) startLive(askAgain);
