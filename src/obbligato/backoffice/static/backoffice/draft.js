// Makes the pages of a draft handier: saved while one types, tracks moved by drag and by keyboard, large files in
// slices. Every page does the same without it, by its numbers and its button.
"use strict";

document.documentElement.classList.add("has-script");

const PAUSE_MS = 1500;
const SLICE_BYTES = 2000000;
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
    if (name === "cover" || name === "booklet" || name.startsWith("remove_") || name === "out") body.delete(name);
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

// Large files ---------------------------------------------------------------------------------------------
async function upload(input) {
  const file = input.files[0];
  if (!file) return;
  const kind = input.dataset.kind;
  for (let offset = 0; offset < file.size || offset === 0; offset += SLICE_BYTES) {
    const body = new FormData();
    body.set("kind", kind);
    body.set("name", file.name);
    body.set("total_bytes", file.size);
    body.set("offset_bytes", offset);
    body.set("slice", file.slice(offset, offset + SLICE_BYTES), "slice");
    say(`Uploading ${file.name}: ${Math.floor((offset / Math.max(1, file.size)) * 100)} %`);
    const { isRight, told } = await send(form.dataset.files, body, {});
    if (!isRight) {
      input.value = "";
      say(told.sentence || "The file was not taken.");
      return;
    }
    if (told.sha256) form.querySelector(`input[type=hidden][name=kept_${kind}]`).value = told.sha256;
  }
  input.value = "";
  say(`${file.name} is uploaded. Saving …`);
  form.requestSubmit();
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
