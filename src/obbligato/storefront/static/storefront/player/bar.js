// The bar at the foot of every page: what sounds, where in it, and the queue. It shows and asks; others act.
import * as queue from "./queue.js";
import * as sound from "./sound.js";
import { clock, timecode } from "./time.js";
import { paint } from "./tracks.js";

const bar = document.getElementById("player");
const find = (name) => bar?.querySelector(`[data-${name}]`);
const [now, by, seek, wave, time, length, toggle, list, count] = [
  "now", "by", "seek", "wave", "time", "length", "toggle", "list", "count",
].map(find);
let shown = null;

// The page says it in its language; what it leaves open is filled in.
const words = (name, facts = {}) =>
  bar.dataset[`words${name}`].replace(/\{(\w+)\}/g, (whole, fact) => facts[fact] ?? whole);

export const showBar = () => {
  toggle.addEventListener("click", sound.toggle);
  find("previous").addEventListener("click", () => queue.step(-1));
  find("next").addEventListener("click", () => queue.step(1));
  seek.addEventListener("input", () => sound.seek(Number(seek.value)));
  list.addEventListener("click", onListClick);
  sound.events.addEventListener("change", showTrack);
  sound.events.addEventListener("time", showTime);
  sound.events.addEventListener("fault", showFault);
  queue.events.addEventListener("change", showQueue);
};

const showTrack = () => {
  const track = sound.track();
  bar.hidden = !track;
  document.body.classList.toggle("has-player", Boolean(track));
  if (!track) return;
  toggle.classList.toggle("is-playing", sound.isPlaying());
  toggle.setAttribute("aria-label", words(sound.isPlaying() ? "Pause" : "Play"));
  if (shown !== track) {
    now.textContent = track.title;
    now.href = track.page;
    by.textContent = track.artist;
    wave.style.setProperty("--wave", `url("${track.wave}")`);
    seek.max = track.length;
    length.textContent = clock(track.length);
    find("excerpt").hidden = track.stop - track.start > track.length - 1;
  }
  shown = track;
  showTime();
};

const showTime = () => {
  const [track, at] = [sound.track(), sound.place()];
  if (!track) return;
  seek.value = at;
  seek.setAttribute("aria-valuetext", words("Place", { place: clock(at), length: clock(track.length) }));
  time.textContent = clock(at);
  time.href = `${track.page}?track=${track.id}&t=${timecode(at)}`;
  paint(wave, track, at);
};

const showFault = () => {
  by.textContent = words("Fault");
  shown = null;
  showTrack();
  by.textContent = words("Fault");
};

const showQueue = () => {
  const [tracks, place] = [queue.all(), queue.position()];
  count.textContent = Math.max(0, tracks.length - place - 1);
  list.replaceChildren(...tracks.map((track, index) => {
    const row = document.createElement("li");
    row.classList.toggle("is-current", index === place);
    const title = button("play", index, `${track.title} – ${track.artist}`);
    if (index === place) title.setAttribute("aria-current", "true");
    row.append(
      title,
      button("up", index, "↑", words("Up", track)),
      button("down", index, "↓", words("Down", track)),
      button("remove", index, "×", words("Remove", track)),
    );
    return row;
  }));
};

const button = (act, index, text, label) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  Object.assign(made.dataset, { act, index });
  if (label) made.setAttribute("aria-label", label);
  return made;
};

const onListClick = (event) => {
  const pressed = event.target.closest("button[data-act]");
  if (!pressed) return;
  const { act } = pressed.dataset;
  const index = Number(pressed.dataset.index);
  let rest = index;
  if (act === "play") queue.playAt(index);
  if (act === "remove") queue.remove(index);
  if (act === "up" || act === "down") {
    const direction = act === "up" ? -1 : 1;
    queue.move(index, direction);
    rest = index + direction;
  }
  // The list was drawn anew: the focus goes with the track, or to the one that took its place.
  const last = queue.all().length - 1;
  list.querySelector(`[data-act="${act}"][data-index="${Math.min(Math.max(rest, 0), last)}"]`)?.focus();
};
