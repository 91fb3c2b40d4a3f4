// Previews are heard in the frame itself instead of in a new tab. One sounds at a time.
const audio = new Audio();
let current = null;

const show = () => {
  for (const link of document.querySelectorAll("a.track")) {
    const isPlaying = link === current && !audio.paused;
    link.classList.toggle("is-playing", isPlaying);
    link.setAttribute("aria-pressed", String(isPlaying));
  }
};

const toggle = (link) => {
  if (link === current && !audio.paused) {
    audio.pause();
    return;
  }
  if (link !== current) {
    current = link;
    audio.src = link.href;
  }
  audio.play().catch(show);
};

for (const link of document.querySelectorAll("a.track")) {
  link.setAttribute("role", "button");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    toggle(link);
  });
  link.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      toggle(link);
    }
  });
}
for (const name of ["play", "pause", "ended", "error"]) audio.addEventListener(name, show);
show();
