// What is heard, and what comes after it. It is kept for this tab, so that a whole load of a page goes on where it was.
import * as sound from "./sound.js";

export const events = new EventTarget();
const KEPT = "player";
const MOST = 500;
let tracks = [];
let index = -1;

export const all = () => tracks;
export const position = () => index;
export const following = () => tracks[index + 1] || null;

// Hear this of these, from a second of it on.
export const playAmong = (wanted, chosen, { at, isToPlay = true } = {}) => {
  tracks = wanted.slice(0, MOST);
  index = Math.max(0, tracks.findIndex((track) => track.id === chosen.id));
  changed();
  return sound.open(tracks[index], { at: at ?? tracks[index].start, isToPlay });
};

export const playAt = (place) => {
  if (!tracks[place]) return false;
  index = place;
  changed();
  sound.open(tracks[index]);
  return true;
};

export const step = (direction) => playAt(index + direction);

export const add = (track) => {
  if (tracks.length >= MOST) return;
  tracks.push(track);
  if (tracks.length === 1) playAt(0);
  else changed();
};

export const remove = (place) => {
  tracks.splice(place, 1);
  if (!tracks.length) {
    index = -1;
    sound.stop();
  } else if (place < index) index -= 1;
  else if (place === index) {
    index = Math.min(index, tracks.length - 1);
    sound.open(tracks[index], { isToPlay: sound.isPlaying() });
  }
  changed();
};

export const move = (place, direction) => {
  const other = place + direction;
  if (!tracks[place] || !tracks[other]) return;
  [tracks[place], tracks[other]] = [tracks[other], tracks[place]];
  if (index === place) index = other;
  else if (index === other) index = place;
  changed();
};

// Go on where the last page of this tab was left; where the browser lets nothing sound by itself, one press goes on.
export const resume = () => {
  const left = kept();
  if (!left?.tracks?.[left.index]) return;
  ({ tracks, index } = left);
  changed();
  sound.open(tracks[index], { at: left.at, isToPlay: left.isPlaying });
};

const changed = () => events.dispatchEvent(new Event("change"));

const kept = () => {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null; // Storage is switched off, or holds something else.
  }
};

const keep = () => {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ tracks, index, at: sound.place(), isPlaying: sound.isPlaying() }));
  } catch {
    // Without storage the queue lasts as long as the page does.
  }
};

addEventListener("pagehide", keep);
sound.events.addEventListener("end", () => step(1));
sound.events.addEventListener("time", () => sound.prepare(following()));
