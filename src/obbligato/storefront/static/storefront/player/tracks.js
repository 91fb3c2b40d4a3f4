// The tracks on a page: a press plays them, their waveforms seek, and the one that sounds is marked. It draws no bar.
import * as queue from "./queue.js";
import * as sound from "./sound.js";
import { secondsOf } from "./time.js";

// What a play button says of its track.
const trackOf = ({ href, dataset }) => ({
  id: dataset.track,
  url: href,
  title: dataset.title,
  artist: dataset.artist,
  release: dataset.release,
  page: dataset.page,
  cover: dataset.cover,
  wave: dataset.wave,
  length: Number(dataset.length),
  start: Number(dataset.from),
  stop: Number(dataset.to),
  volume: Number(dataset.volume),
});

const links = () => [...document.querySelectorAll("#page a.play")];
const playFrom = (link, options) => queue.playAmong(links().map(trackOf), trackOf(link), options);
const isCurrent = (link) => sound.track()?.id === link.dataset.track;

// Where she has come to own it meanwhile, the page has more of it than the excerpt that sounds.
const holdsMore = (link) => Number(link.dataset.to) - Number(link.dataset.from) > sound.track().stop - sound.track().start + 1;

// How far a waveform is coloured: what can be heard, and what was.
export const paint = (wave, track, seconds) => {
  const percent = (part) => `${((100 * part) / track.length).toFixed(2)}%`;
  wave.style.setProperty("--from", percent(track.start));
  wave.style.setProperty("--to", percent(track.stop));
  wave.style.setProperty("--at", percent(seconds));
};

export const mark = () => {
  for (const link of links()) {
    const isHere = isCurrent(link);
    const row = link.closest(".track, li");
    link.classList.toggle("is-playing", isHere && sound.isPlaying());
    row?.classList.toggle("is-current", isHere);
    const wave = row?.querySelector(".wave");
    if (!wave) continue;
    if (isHere) paint(wave, sound.track(), sound.place());
    else for (const name of ["--from", "--to", "--at"]) wave.style.removeProperty(name);
  }
};

const onClick = (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target.closest("a.play");
  if (link) {
    event.preventDefault();
    if (!isCurrent(link)) playFrom(link);
    // The page's own link is fresh, where that of the queue may have expired meanwhile.
    else if (holdsMore(link) || sound.isBroken()) playFrom(link, { at: sound.place() });
    else sound.toggle();
    return;
  }
  const later = event.target.closest("[data-later]");
  if (later) {
    queue.add(trackOf(later.closest(".track").querySelector("a.play")));
    later.textContent = later.dataset.later;
    return;
  }
  const wave = event.target.closest(".track .wave");
  if (wave) playFromWave(wave, event);
};

const playFromWave = (wave, event) => {
  const link = wave.closest(".track").querySelector("a.play");
  if (!link) return;
  const box = wave.getBoundingClientRect();
  const at = ((event.clientX - box.left) / box.width) * Number(link.dataset.length);
  if (!isCurrent(link) || holdsMore(link) || sound.isBroken()) playFrom(link, { at });
  else {
    sound.seek(at);
    sound.play();
  }
};

// An address that ends in ?t=1m20s (and names a track, or means the first) starts there.
export const startAtTimecode = () => {
  const asked = new URLSearchParams(location.search);
  const at = secondsOf(asked.get("t") || "");
  const link = links().find((one) => !asked.get("track") || one.dataset.track === asked.get("track"));
  if (at === null || !link) return;
  if (isCurrent(link)) sound.seek(at);
  else playFrom(link, { at });
};

export const watchTracks = () => {
  document.addEventListener("click", onClick);
  sound.events.addEventListener("change", mark);
  sound.events.addEventListener("time", mark);
  mark();
};
