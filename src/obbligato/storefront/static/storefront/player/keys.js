// Keys: space plays and pauses on the page itself; in the bar and on a play button also j, l, n, p and the arrows.
// Never where a key has a meaning of its own, and no letter on the page itself (WCAG 2.2, 2.1.4).
import * as queue from "./queue.js";
import * as sound from "./sound.js";

const STEP_SECONDS = 5;
const ACTS = {
  n: () => queue.step(1),
  p: () => queue.step(-1),
  j: () => sound.seek(sound.place() - STEP_SECONDS),
  l: () => sound.seek(sound.place() + STEP_SECONDS),
};
ACTS.ArrowLeft = ACTS.j;
ACTS.ArrowRight = ACTS.l;

const onKey = (event) => {
  if (!sound.track() || event.ctrlKey || event.metaKey || event.altKey) return;
  const isOurs = event.target.closest("a.play, #player");
  const isPage = event.target === document.body || event.target.id === "content";
  const isPressed = event.target.closest("button, summary");
  const act = event.key === " " && (isOurs || isPage) && !isPressed ? sound.toggle : isOurs && ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
};

export const listenToKeys = () => document.addEventListener("keydown", onKey);
