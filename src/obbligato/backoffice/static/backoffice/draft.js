// Makes the pages of a draft handier: saved while one types, tracks moved by drag and by keyboard, files sent as
// uploads are. Every page does the same without it, by its numbers and its button.
import { Sending } from "./uploads/sending.js";
import { ask } from "./uploads/tus.js";

document.documentElement.classList.add("has-script");

const PAUSE_MS = 1500;
const form = document.querySelector("form[data-draft]");
const said = form && form.querySelector("[data-saved]");

function say(sentence) {
  if (said) said.textContent = sentence;
}

function token() {
  return form.querySelector("[name=csrfmiddlewaretoken]").value;
}

async function send(address, body, headers) {
  const answer = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token(), ...headers } });
  const told = await answer.json().catch(() => ({ sentence: "The store did not answer. Your page still has what you typed." }));
  return { isRight: answer.ok, told };
}

// Saving while one types ----------------------------------------------------------------------------------
let waiting = 0;
let saving = Promise.resolve();
let isSaving = false;

function saveSoon() {
  if (!said || form.dataset.draft === "by hand") return;
  clearTimeout(waiting);
  waiting = setTimeout(() => { saving = saving.then(save); }, PAUSE_MS);
}

async function save() {
  const body = new FormData(form);
  // Files, ticks that take something away, and moves wait for the button.
  for (const name of [...body.keys()]) {
    if (name === "cover" || name === "booklet" || name.startsWith("remove_") || name.startsWith("sent_") || name === "out") body.delete(name);
  }
  for (const input of form.querySelectorAll("[data-disc], [data-position]")) body.delete(input.name);
  isSaving = true;
  try {
    const { isRight, told } = await send(form.action || location.href, body, { "X-Autosave": "1" });
    if (isRight && told.version) form.elements.version.value = told.version;
    say(told.sentence || "");
  } catch {
    say("Not saved: the store cannot be reached. Your page still has what you typed.");
  } finally {
    isSaving = false;
  }
}

// Files ---------------------------------------------------------------------------------------------------
const PROBLEMS = {
  away: "The store cannot be reached. It is tried again by itself; what is there stays.",
  "signed-out": "You are signed out. Sign in again in another tab, then choose the file again.",
};

async function upload(input) {
  const file = input.files[0];
  if (!file) return;
  input.value = "";
  if (file.size > Number(input.dataset.largest) * 1e6) {
    say(`The ${input.dataset.kind} is larger than ${input.dataset.largest} MB.`);
    return;
  }
  let batch = null;
  const begun = async () => (batch ??= await (await ask("POST", form.dataset.files)).json());
  const sending = new Sending(begun, () => follow(sending, () => batch, input));
  sending.add([{ path: file.name, file }]).catch((error) => say(error.message || PROBLEMS["signed-out"]));
}

function follow(sending, batch, input) {
  const [row] = sending.rows;
  const percent = Math.floor((100 * (row.shown ?? row.there)) / Math.max(1, row.file.size));
  if (sending.problem) say(PROBLEMS[sending.problem] ?? sending.problem);
  else if (row.state === "failed") say(row.sentence);
  else if (row.state !== "done") say(`Uploading ${row.path}: ${percent} %`);
  else if (!form.elements[`sent_${input.dataset.kind}`].value) {
    form.elements[`sent_${input.dataset.kind}`].value = batch().batch;
    say(`${row.path} is uploaded. Saving …`);
    form.requestSubmit();
  }
}

// The order of tracks -------------------------------------------------------------------------------------
function renumber(list) {
  const counts = {};
  for (const line of list.querySelectorAll("[data-line]")) {
    const disc = line.querySelector("[data-disc]").value;
    counts[disc] = (counts[disc] || 0) + 1;
    line.querySelector("[data-position]").value = counts[disc];
  }
  say("The order is saved with the button.");
}

function move(list, line, other, isBefore) {
  if (!other || other === line) return;
  line.querySelector("[data-disc]").value = other.querySelector("[data-disc]").value;
  list.insertBefore(line, isBefore ? other : other.nextElementSibling);
  renumber(list);
}

function arrange(list) {
  let held = null;
  list.addEventListener("keydown", (event) => {
    const line = event.target.classList.contains("handle") && event.target.closest("[data-line]");
    if (!line || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const isUp = event.key === "ArrowUp";
    move(list, line, isUp ? line.previousElementSibling : line.nextElementSibling, isUp);
    event.target.focus();
  });
  list.addEventListener("pointerdown", (event) => {
    if (!event.target.classList.contains("handle")) return;
    held = event.target.closest("[data-line]");
    held.classList.add("is-held");
    event.target.setPointerCapture(event.pointerId);
  });
  list.addEventListener("pointermove", (event) => {
    if (!held) return;
    const under = document.elementFromPoint(event.clientX, event.clientY);
    const other = under && under.closest("[data-line]");
    if (!other || other === held || other.parentElement !== list) return;
    const box = other.getBoundingClientRect();
    const isBefore = event.clientY < box.top + box.height / 2;
    if ((isBefore ? other.previousElementSibling : other.nextElementSibling) !== held) move(list, held, other, isBefore);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    list.addEventListener(name, () => {
      if (held) held.classList.remove("is-held");
      held = null;
    });
  }
}

if (form && said) {
  form.addEventListener("input", (event) => {
    if (event.target.type !== "file" && event.target.type !== "checkbox") saveSoon();
  });
  form.addEventListener("change", (event) => {
    if (event.target.dataset.kind) upload(event.target);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (!isSaving) return;
    // The version that is being saved this moment is the one to go on from.
    event.preventDefault();
    saving.then(() => form.requestSubmit(event.submitter));
  });
  for (const list of form.querySelectorAll("[data-lines]")) arrange(list);
  // Somebody may have typed before this was here.
  const texts = [...form.querySelectorAll("input:not([type]), input[type=text], textarea")];
  if (texts.some((one) => one.value !== one.defaultValue)) saveSoon();
}
