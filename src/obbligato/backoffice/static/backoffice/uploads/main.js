// The page of an upload: takes what is dropped or chosen, shows how it is sent, and what the store says of each file.
import { chosen, dropped } from "./choosing.js";
import { Sending } from "./sending.js";
import { ask, remove } from "./tus.js";

const LOOK_EVERY_SECONDS = 2;
const RATE_OVER_SECONDS = 15;
const page = document.querySelector("#upload");
const place = document.querySelector("#sending");
const listing = document.querySelector("#listing");

const fill = (words, values) => words.replace(/{(\w+)}/g, (whole, name) => values[name] ?? whole);
const megabytes = (bytes) => (bytes / 1e6).toLocaleString(document.documentElement.lang || "en", { maximumFractionDigits: 1 });

const duration = (seconds) => {
  const whole = Math.max(1, Math.round(seconds));
  const units = whole >= 3600 ? [["hour", Math.floor(whole / 3600)], ["minute", Math.floor(whole % 3600 / 60)]]
    : whole >= 60 ? [["minute", Math.round(whole / 60)]] : [["second", whole]];
  const lang = document.documentElement.lang || "en";
  return units.map(([unit, count]) => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(count)).join(" ");
};

// The batch is made when the first files come; then this page is its page, also after a reload.
let beginning = null;
const addresses = async () => {
  if (page.dataset.files) return page.dataset;
  beginning ??= ask("POST", page.dataset.begin, { Accept: "application/json" }).then((answer) => answer.json());
  try {
    const made = await beginning;
    Object.assign(page.dataset, made);
    history.replaceState(null, "", made.page);
    return page.dataset;
  } catch (error) {
    beginning = null;
    throw error;
  }
};

// What the store says of the files, as long as something of it is moving.
let looking = null;
const look = async () => {
  clearTimeout(looking);
  if (!page.dataset.listing) return;
  try {
    const answer = await ask("GET", page.dataset.listing + location.search);
    const text = await answer.text();
    show(text);
  } catch { /* The next look may find it. */ }
  if (listing.querySelector("[data-moving=yes]") || sending?.running) looking = setTimeout(look, LOOK_EVERY_SECONDS * 1000);
};

// The focus stays where it was: on the link or button of the same name.
const show = (text) => {
  const active = listing.contains(document.activeElement) ? nameOf(document.activeElement) : "";
  listing.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  hidePlain(listing);
  if (active) [...listing.querySelectorAll("a, button")].find((one) => nameOf(one) === active)?.focus();
};

const nameOf = (element) => element.getAttribute("aria-label") ?? element.textContent.trim();

const hidePlain = (part) => part.querySelectorAll("[data-plain]").forEach((one) => { one.hidden = true; });

let sending = null;
const steps = [];

const sumOf = (rows) => rows.reduce((sum, row) => sum + (row.state === "done" ? row.file.size : row.shown ?? row.there), 0);

// Bytes a second over the last seconds, so that a pause is soon forgotten.
const rateOf = (here) => {
  const now = performance.now() / 1000;
  steps.push([now, here]);
  while (steps.length > 2 && now - steps[0][0] > RATE_OVER_SECONDS) steps.shift();
  const [since, before] = steps[0];
  return now - since > 0.5 ? Math.max(0, here - before) / (now - since) : 0;
};

const draw = () => {
  const rows = sending.rows;
  const size = rows.reduce((sum, { file }) => sum + file.size, 0);
  const here = sumOf(rows);
  const done = rows.filter(({ state }) => state === "done").length;
  const left = rows.some(({ state }) => state === "new" || state === "sending");
  const rate = rateOf(here);
  const values = {
    done, all: rows.length, here: megabytes(here), size: megabytes(size), rate: megabytes(rate),
    left: rate ? duration((size - here) / rate) : "…",
  };
  const say = place.dataset;
  place.hidden = rows.length === 0;
  place.querySelector(".upload-all").value = size ? here / size : done / Math.max(1, rows.length);
  place.querySelector("[data-sentence]").textContent = sentenceOf(say, values, left);
  const pause = place.querySelector("[data-pause]");
  pause.textContent = sending.isPaused ? say.sayGoOn : say.sayPause;
  pause.hidden = place.querySelector("[data-cancel]").hidden = !left;
  drawRows(rows, say);
};

const sentenceOf = (say, values, left) => {
  if (sending.problem === "signed-out") return say.saySignedOut;
  if (sending.problem === "away") return say.sayAway;
  if (sending.problem) return sending.problem;
  if (sending.finding) return fill(say.sayFinding, values);
  if (!left) return fill(say.sayDone, values);
  return fill(sending.isPaused ? say.sayPaused : say.saySending, values);
};

// Only what is moving or went wrong has a row: ten thousand would only be in the way.
const drawRows = (rows, say) => {
  const list = place.querySelector("[data-rows]");
  const wanted = rows.filter(({ state }) => state === "sending" || state === "failed").slice(0, 200);
  for (const [row, element] of drawn) if (!wanted.includes(row)) { element.remove(); drawn.delete(row); }
  for (const row of wanted) {
    if (!drawn.has(row)) drawn.set(row, list.appendChild(rowFor(row, say)));
    const element = drawn.get(row);
    element.classList.toggle("upload-refused", row.state === "failed");
    const bar = element.querySelector("progress");
    bar.hidden = element.querySelector("button").hidden = row.state === "failed";
    bar.value = row.file.size ? (row.shown ?? row.there) / row.file.size : 0;
    element.querySelector("[data-said]").textContent = row.sentence;
  }
};

const drawn = new Map();

const rowFor = (row, say) => {
  const element = document.createElement("li");
  const head = element.appendChild(Object.assign(document.createElement("span"), { className: "upload-head" }));
  head.appendChild(Object.assign(document.createElement("span"), { className: "upload-path font-semibold", textContent: row.path }));
  const button = head.appendChild(Object.assign(document.createElement("button"), { type: "button", className: "text-link", textContent: say.sayCancel }));
  button.addEventListener("click", () => sending.cancel([row]));
  element.appendChild(Object.assign(document.createElement("progress"), { className: "upload-all", max: 1, value: 0, ariaLabel: row.path }));
  element.appendChild(document.createElement("span")).dataset.said = "";
  return element;
};

// Drawn at most once a frame, however many steps there are; a file more at its end makes another look worth while.
let isDrawing = false;
let doneBefore = 0;
const changed = () => {
  if (isDrawing) return;
  isDrawing = true;
  setTimeout(() => {
    isDrawing = false;
    draw();
    const done = sending.rows.filter(({ state }) => state === "done").length;
    if (done !== doneBefore || !sending.running) look();
    doneBefore = done;
  }, 100);
};

const take = (found) => {
  if (!found.length) return;
  sending ??= new Sending(addresses, changed);
  const underWay = new Set(sending.rows.filter(({ state }) => state === "new" || state === "sending").map(({ path }) => path));
  sending.rows = sending.rows.filter(({ path, state }) => state !== "failed" || !found.some((one) => one.path === path));
  sending.add(found.filter(({ path }) => !underWay.has(path))).catch((error) => {
    sending.problem = error.status === 401 || error.status === 403 ? "signed-out" : error.message;
    sending.pause();
  });
};

const begin = () => {
  const drop = page.querySelector("[data-drop]");
  page.querySelectorAll("[data-script]").forEach((one) => { one.hidden = false; });
  hidePlain(page);
  for (const input of drop.querySelectorAll("[data-choice]")) {
    input.hasChangeListener = true;  // The desk's own would look for a text field beside it.
    input.addEventListener("change", () => { take(chosen(input)); input.value = ""; });
  }
  page.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("is-over"); });
  page.addEventListener("dragleave", () => drop.classList.remove("is-over"));
  page.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    take(await dropped(event.dataTransfer));
  });
  place.querySelector("[data-pause]").addEventListener("click", () => (sending.isPaused ? sending.goOn() : sending.pause()));
  place.querySelector("[data-cancel]").addEventListener("click", () => { if (confirm(place.dataset.saySure)) sending.cancel(); });
};

// Another page would end what is being sent.
listing.addEventListener("submit", (event) => {
  event.preventDefault();
  remove(event.target.dataset.file).catch(() => {}).then(look);
});

if (place) begin();
hidePlain(page);
look();
