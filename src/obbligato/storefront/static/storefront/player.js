// Plays previews in one bar at the foot of the page, starts a download that became ready, and shows refusals.
// It never fetches anything else, and every page works without it: each play button is a link to its sound.
(() => {
  "use strict";
  document.documentElement.classList.add("has-script");
  const bar = document.getElementById("player");
  const audio = bar && bar.querySelector("audio");
  let current = null;

  const clock = (seconds) => {
    const whole = Number.isFinite(seconds) ? Math.floor(seconds) : 0;
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };

  const mark = (isPlaying) => {
    for (const button of document.querySelectorAll(".play.is-playing")) {
      button.classList.remove("is-playing");
      button.closest(".track")?.classList.remove("is-playing");
    }
    const toggle = bar.querySelector("[data-toggle]");
    toggle.classList.toggle("is-playing", isPlaying);
    toggle.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    if (isPlaying && current) {
      current.classList.add("is-playing");
      current.closest(".track")?.classList.add("is-playing");
    }
  };

  const open = (link) => {
    current = link;
    audio.src = link.href;
    bar.querySelector("[data-now]").textContent = link.dataset.title;
    bar.hidden = false;
    document.body.classList.add("has-player");
    start();
  };

  // A refused or interrupted start is told by the "error" event; the promise says the same once more.
  const start = () => audio.play().catch(() => mark(false));
  const toggle = () => (audio.paused ? start() : audio.pause());

  const step = (direction) => {
    const links = [...document.querySelectorAll("a.play")];
    const next = links[links.indexOf(current) + direction];
    if (next) open(next);
  };

  const progress = () => {
    const seek = bar.querySelector("[data-seek]");
    seek.max = Number.isFinite(audio.duration) ? audio.duration : 30;
    seek.value = audio.currentTime;
    seek.setAttribute("aria-valuetext", clock(audio.currentTime));
    bar.querySelector("[data-time]").textContent = `${clock(audio.currentTime)} / ${clock(audio.duration)}`;
  };

  // Keys work on the page itself, on a play button and in the bar; never where a key has a meaning of its own.
  const onKey = (event) => {
    const isElsewhere = event.target !== document.body && !event.target.closest("a.play, #player");
    if (bar.hidden || isElsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && !event.target.closest("button")) { event.preventDefault(); toggle(); }
    if (event.key === "n") step(1);
    if (event.key === "p") step(-1);
  };

  if (bar) {
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.play");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (link === current) toggle();
      else open(link);
    });
    document.addEventListener("keydown", onKey);
    bar.querySelector("[data-toggle]").addEventListener("click", toggle);
    bar.querySelector("[data-seek]").addEventListener("input", (event) => { audio.currentTime = event.target.value; });
    audio.addEventListener("play", () => mark(true));
    audio.addEventListener("pause", () => mark(false));
    audio.addEventListener("ended", () => step(1));
    audio.addEventListener("timeupdate", progress);
    audio.addEventListener("loadedmetadata", progress);
    audio.addEventListener("error", () => {
      mark(false);
      bar.querySelector("[data-now]").textContent = "This preview cannot be played just now.";
    });
  }

  // What the store refuses has a page of its own: send the same thing once more without a script, and it is shown.
  document.addEventListener("htmx:responseError", ({ detail: { elt } }) => {
    if (elt.form) elt.form.requestSubmit(elt);
    else if (elt instanceof HTMLFormElement) elt.submit();
    else location.reload();
  });

  document.addEventListener("htmx:afterSwap", () => {
    const link = document.querySelector("a[data-start]");
    if (!link) return;
    link.removeAttribute("data-start");
    location.href = link.href;
  });
})();
