// The scripts of a lesson that was saved as one file: tabs, links, steps; nothing is asked for.
import { startTabs } from "./tabs.js";
import { startLinks } from "./links.js";
import { startTimelines } from "./timeline.js";
import { startTools } from "./tools.js";

document.documentElement.classList.add("js");
startTabs();
startLinks();
startTimelines();
startTools();
