// Starts what makes the pages better where scripts run. Every page works without it: each play button is a link to its sound.
import { showBar } from "./bar.js";
import { watchDownloads } from "./downloads.js";
import { listenToKeys } from "./keys.js";
import { tellTheSystem } from "./media_session.js";
import { countPlays } from "./plays.js";
import { resume } from "./queue.js";
import { startAtTimecode, watchTracks } from "./tracks.js";
import { turnPages } from "./turning.js";

document.documentElement.classList.add("has-script");
watchDownloads();
if (document.getElementById("player")) {
  showBar();
  watchTracks();
  listenToKeys();
  tellTheSystem();
  countPlays();
  resume();
  startAtTimecode();
  turnPages(startAtTimecode);
}
