// The tus protocol 1.0.0 as far as a browser needs it: make a file, ask how far it is, send what is missing, remove it.
// It knows no page. https://tus.io/protocols/resumable-upload
const PIECE_BYTES = 8_000_000;
const VERSION = { "Tus-Resumable": "1.0.0" };

// What the store answered that was no yes; `status` 0 means that it could not be reached, and isOffset that a piece
// would not have followed what is there.
export class Refused extends Error {
  constructor(status, sentence, isOffset = false) {
    super(sentence);
    this.status = status;
    this.isOffset = isOffset;
  }
}

// Another sign-in brings another token, so it is read each time.
const token = () =>
  document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1]
  ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value
  ?? "";

export const ask = async (method, address, headers = {}, signal = undefined) => {
  let answer;
  try {
    answer = await fetch(address, {
      method, signal, redirect: "manual", cache: "no-store", headers: { "X-CSRFToken": token(), ...headers },
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refused(0, "");
  }
  if (answer.type === "opaqueredirect") throw new Refused(401, "");  // To the page that signs in.
  if (!answer.ok) throw new Refused(answer.status, await sentenceOf(answer));
  return answer;
};

// A page of another layer has no sentence for a row.
const sentenceOf = async (answer) =>
  (answer.headers.get("Content-Type") ?? "").startsWith("text/plain") ? (await answer.text()).slice(0, 500) : "";

const encoded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

// Announces a file, and gives its address.
export const make = async (address, { path, file }, signal) => {
  const words = `relativePath ${encoded(path)},lastModified ${encoded(String(file.lastModified))}`;
  const headers = { ...VERSION, "Upload-Length": String(file.size), "Upload-Metadata": words };
  return (await ask("POST", address, headers, signal)).headers.get("Location");
};

// How many bytes of it are there.
export const offsetOf = async (address, signal) =>
  Number((await ask("HEAD", address, VERSION, signal)).headers.get("Upload-Offset"));

export const remove = (address) => ask("DELETE", address, VERSION);

// Sends the next piece from an offset, telling each step; gives how far the file has come.
export const send = (address, file, offset, onProgress, signal) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("PATCH", address);
    const headers = {
      ...VERSION, "X-CSRFToken": token(), "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream",
    };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress(offset + loaded);
    request.onload = () => {
      const there = Number(request.getResponseHeader("Upload-Offset") ?? NaN);
      if (request.status === 204 && there >= offset) resolve(there);
      else reject(new Refused(request.status, isPlain(request) ? request.responseText.slice(0, 500) : "", request.status === 409));
    };
    request.onerror = () => reject(new Refused(0, ""));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    request.send(file.slice(offset, offset + PIECE_BYTES));
  });

const isPlain = (request) => (request.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
