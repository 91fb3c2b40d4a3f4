// Tells the shop once that a track was truly heard, so that its label sees how often. It tells nothing of who listened.
import * as sound from "./sound.js";

const HEARD_SECONDS = 10;
const JUMP_SECONDS = 2;
let track = null;
let last = 0;
let heard = 0;

const start = () => {
  track = sound.track();
  last = sound.place();
  heard = 0;
};

const listen = () => {
  if (sound.track() !== track) start();
  const passed = sound.place() - last;
  last = sound.place();
  if (!track || !sound.isPlaying() || passed <= 0 || passed > JUMP_SECONDS) return;
  const needed = Math.min(HEARD_SECONDS, (track.stop - track.start) / 2);
  const wasHeard = heard >= needed;
  heard += passed;
  if (heard >= needed && !wasHeard) tell();
};

const tell = () =>
  fetch("/plays", { method: "POST", body: new URLSearchParams({ track: track.id }), keepalive: true }).catch(() => {
    // Without a connection it is not counted.
  });

export const countPlays = () => {
  sound.events.addEventListener("time", listen);
  sound.events.addEventListener("end", start);
};
