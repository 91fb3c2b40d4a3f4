// Plays one track, and has the next one ready in a second audio element, so that nothing is heard between them.
// Times are seconds of the track, also where only an excerpt of it can be heard. It keeps no queue.

export const events = new EventTarget();
const READY_SECONDS = 20;
const FINISH_SECONDS = 1;
const LATE_SECONDS = 0.1;
const LONGEST_START_SECONDS = 0.4;
const players = document.querySelectorAll("#player audio");
let [now, next] = players;
let current = null;
let prepared = null;
let startSeconds = 0.075; // From play() to the first sound, as it took here the last time.
let awaited = 0;

export const track = () => current;
// Whether what is to be heard could not be fetched, or not to its end.
export const isBroken = () => Boolean(current && now.error);
export const isPlaying = () => Boolean(current) && !now.paused;
export const place = () => (current ? Math.min(current.stop, current.start + now.currentTime) : 0);

// Make a track the one to hear, from a second of it on; one that was prepared begins at once.
export const open = (wanted, { at = wanted.start, isToPlay = true } = {}) => {
  clearTimeout(awaited);
  awaited = 0;
  const isPrepared = prepared?.url === wanted.url;
  // What is at its end may sound until there, while the next one begins.
  if (!isPrepared || !isEnding()) now.pause();
  if (isPrepared) [now, next] = [next, now];
  else now.src = wanted.url;
  current = wanted;
  prepared = null;
  now.volume = wanted.volume;
  if (!isPrepared || at !== wanted.start) seek(at); // Even a seek to where it is takes time.
  else tell("time");
  tell("change");
  if (isPrepared && isToPlay) measureStart(now);
  return isToPlay ? play() : Promise.resolve();
};

// A refused or interrupted start is told by the "error" event; the promise says the same once more.
export const play = () => {
  if (now.error) fetchAnew();
  return now.play().catch(() => tell("change"));
};
export const pause = () => now.pause();
export const toggle = () => (now.paused ? play() : pause());

export const seek = (seconds) => {
  if (!current) return;
  const last = Math.max(current.start, current.stop - 0.25);
  now.currentTime = Math.min(last, Math.max(current.start, seconds)) - current.start;
  tell("time");
};

// Fetch what comes next once this one is nearly over; the queue says what it is.
export const prepare = (wanted) => {
  if (!next.paused && !next.ended) return; // It still sounds to its end.
  if (!wanted || !current || current.stop - place() > READY_SECONDS || prepared?.url === wanted.url) return;
  prepared = wanted;
  next.preload = "auto";
  next.src = wanted.url;
  next.load();
};

// What broke off is asked for once more, from where it did: an element that failed never tries again by itself.
const fetchAnew = () => {
  const at = place();
  now.load();
  seek(at);
};

const left = () => now.duration - now.currentTime;
const isEnding = () => left() < startSeconds + LATE_SECONDS;

// Its own event tells of the end when it is over. So the next one is begun before, by as long as it takes to sound.
const awaitEnd = () => {
  if (awaited || !prepared || now.paused || !(left() < FINISH_SECONDS)) return;
  awaited = setTimeout(() => {
    awaited = 0;
    if (prepared && !now.paused && isEnding()) tell("end");
  }, 1000 * Math.max(0, left() - startSeconds));
};

const measureStart = (player) => {
  const asked = performance.now();
  setTimeout(() => {
    const took = (performance.now() - asked) / 1000 - player.currentTime;
    if (player === now && !player.paused && took > 0 && took < LONGEST_START_SECONDS) startSeconds = took;
  }, 1000 * LONGEST_START_SECONDS + 200);
};

export const stop = () => {
  now.pause();
  current = prepared = null;
  tell("change");
};

const tell = (name) => events.dispatchEvent(new Event(name));

for (const player of players) {
  const onlyNow = (name) => () => player === now && current && tell(name);
  for (const name of ["play", "pause"]) player.addEventListener(name, onlyNow("change"));
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) player.addEventListener(name, onlyNow("time"));
  player.addEventListener("timeupdate", () => player === now && current && awaitEnd());
  player.addEventListener("ended", onlyNow("end"));
  player.addEventListener("error", onlyNow("fault"));
}
