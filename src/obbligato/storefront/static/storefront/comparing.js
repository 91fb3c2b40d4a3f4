// Plays the three samples of a round together and lets one of them be heard, so that switching keeps the place in the music.
// Nothing sounds before a press. Where there is no Web Audio, the plain players of the page stay.
(() => {
  const frame = document.getElementById("blind");
  const Context = window.AudioContext || window.webkitAudioContext;
  if (frame && !Context) frame.classList.add("is-plain");
  if (!frame || frame.dataset.isReady || !Context) return;
  frame.dataset.isReady = "yes";
  const SWITCH_SECONDS = 0.008;
  const SILENT_AFTER_SECONDS = 5;
  const playButton = frame.querySelector("[data-play]");
  const buttons = [...frame.querySelectorAll("[data-sample]")];
  const volume = frame.querySelector("[data-volume]");
  const said = frame.querySelector("[data-said]");
  let context = null;
  let buffers = null;
  let gains = [];
  let sources = [];
  let chosen = 0;
  let isPlaying = false;

  const words = (name) => frame.dataset[`words${name}`];
  const say = (sentence) => { said.textContent = sentence; };
  const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
  // A slider moves as ears do: a tenth of its way is much more at its upper end.
  const master = () => (volume.value / 100) ** 2;
  const isHere = () => document.body.contains(frame);

  const fetched = async (address) => {
    for (let tries = 0; tries < 20; tries += 1) {
      const answer = await fetch(address);
      if (answer.ok) return context.decodeAudioData(await answer.arrayBuffer());
      if (answer.status !== 503) throw new Error((await answer.json()).title);
      say(words("Busy"));
      await wait(Math.min(30, Number(answer.headers.get("Retry-After")) || 5));
    }
    throw new Error(words("Missing"));
  };

  const start = () => {
    const at = context.currentTime + 0.05;
    gains = buffers.map((_, place) => new GainNode(context, { gain: place === chosen ? master() : 0 }));
    sources = buffers.map((buffer, place) => {
      const source = new AudioBufferSourceNode(context, { buffer, loop: true });
      source.connect(gains[place]).connect(context.destination);
      source.start(at);
      return source;
    });
  };

  const play = async () => {
    document.querySelectorAll("#player audio").forEach((other) => other.pause());
    context ||= new Context();
    if (!buffers) {
      playButton.disabled = true;
      say(words("Fetching"));
      try {
        buffers = await Promise.all(buttons.map((button) => fetched(button.dataset.sample)));
        say("");
      } catch (error) {
        say(error.message);
        return;
      } finally {
        playButton.disabled = false;
      }
      if (!isHere()) return;
      playButton.focus({ preventScroll: true });
    }
    if (!sources.length) start();
    isPlaying = true;
    playButton.textContent = words("Pause");
    // A browser whose sound output is taken answers late or never: the button tells what was asked for, the line what is missing.
    context.resume().then(() => say(""));
    await wait(SILENT_AFTER_SECONDS);
    if (isPlaying && context.state === "suspended") say(words("Silent"));
  };

  const pause = () => {
    isPlaying = false;
    playButton.textContent = words("Play");
    say("");
    context?.suspend();
  };

  const toggle = () => (isPlaying ? pause() : play());

  const hear = (place) => {
    chosen = place;
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === place)));
    gains.forEach((gain, at) => gain.gain.setTargetAtTime(at === place ? master() : 0, context.currentTime, SWITCH_SECONDS));
  };

  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === volume) return;
    const place = buttons.findIndex((button) => button.dataset.place === event.key.toUpperCase());
    if (place >= 0) hear(place);
    else if (event.key === " " && !event.target.closest("button, input")) toggle();
    else return;
    event.preventDefault();
  };

  playButton.addEventListener("click", toggle);
  playButton.disabled = false;
  buttons.forEach((button, place) => button.addEventListener("click", () => hear(place)));
  volume.addEventListener("input", () => hear(chosen));
  frame.addEventListener("keydown", onKey);
  // Another page takes this one's place inside the document: then it is silent.
  const leave = () => {
    if (isHere()) return;
    context?.close();
    document.removeEventListener("htmx:afterSwap", leave);
  };
  document.addEventListener("htmx:afterSwap", leave);
})();
