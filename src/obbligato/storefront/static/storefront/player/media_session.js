// Tells the system what sounds, and takes its keys: headsets, lock screens, keyboards (W3C Media Session).
import * as queue from "./queue.js";
import * as sound from "./sound.js";

const session = navigator.mediaSession;
const STEP_SECONDS = 10;
let told = null;

const tell = () => {
  const track = sound.track();
  session.playbackState = track ? (sound.isPlaying() ? "playing" : "paused") : "none";
  if (!track) return;
  if (told !== track) {
    const artwork = track.cover ? [{ src: track.cover, sizes: "600x600", type: "image/jpeg" }] : [];
    session.metadata = new MediaMetadata({ title: track.title, artist: track.artist, album: track.release, artwork });
  }
  told = track;
  const position = Math.min(sound.place(), track.length);
  session.setPositionState?.({ duration: track.length, position, playbackRate: 1 });
};

const answer = (action, act) => {
  try {
    session.setActionHandler(action, act);
  } catch {
    // This browser does not know the key.
  }
};

export const tellTheSystem = () => {
  if (!session) return;
  answer("play", sound.play);
  answer("pause", sound.pause);
  answer("previoustrack", () => queue.step(-1));
  answer("nexttrack", () => queue.step(1));
  answer("seekto", ({ seekTime }) => sound.seek(seekTime));
  answer("seekbackward", ({ seekOffset }) => sound.seek(sound.place() - (seekOffset || STEP_SECONDS)));
  answer("seekforward", ({ seekOffset }) => sound.seek(sound.place() + (seekOffset || STEP_SECONDS)));
  sound.events.addEventListener("change", tell);
  sound.events.addEventListener("time", tell);
};
