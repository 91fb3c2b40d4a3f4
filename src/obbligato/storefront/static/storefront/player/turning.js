// Turns pages without ending the sound: links and searches swap the page inside its document, beside the player.
// What posts a form stays a whole load unless the form asks for this, and so does what is no page of the store.
import { mark } from "./tracks.js";

const PART = "#page";
const scrolls = new Map();

// A page that loads itself again, or brings scripts of others, needs a document of its own.
const standsAlone = (page) =>
  !page.querySelector(PART)
  || Boolean(page.querySelector('head > meta[http-equiv="refresh"]'))
  || [...page.querySelectorAll("head > script[src]")].some((script) => !isKnown(script.getAttribute("src")));

const isKnown = (address) =>
  [...document.querySelectorAll("head > script[src]")].some((script) => script.getAttribute("src") === address);

const isForeign = () =>
  Boolean(document.querySelector('head > meta[http-equiv="refresh"], head > script[src]:not([src^="/static/"])'));

const read = (text) => new DOMParser().parseFromString(text, "text/html");

// Only forms that say so themselves are sent without a whole load; all that moves money says nothing.
const keepWhole = ({ target }) => {
  const isPost = target instanceof HTMLFormElement && /^post$/i.test(target.getAttribute("method"));
  if (isPost && !target.hasAttribute("hx-boost")) target.setAttribute("hx-boost", "false");
};

// A button that leads to a file says so, and its form is then sent as if there were no script.
const leaveButtons = (event) => {
  if (event.submitter?.hasAttribute("data-whole")) event.stopPropagation();
};

// A link may lead to a file all the same: as soon as the answer says so, the browser fetches it as it would have.
const leaveFiles = ({ detail: { xhr, requestConfig, pathInfo } }) => {
  if (!requestConfig.boosted || requestConfig.verb !== "get") return;
  xhr.addEventListener("readystatechange", () => {
    if (xhr.readyState !== XMLHttpRequest.HEADERS_RECEIVED || isPage(xhr)) return;
    xhr.abort();
    location.assign(pathInfo.finalRequestPath);
  });
};

const isPage = (xhr) => (xhr.getResponseHeader("Content-Type") || "").startsWith("text/html");

const swapPart = (event) => {
  const { detail } = event;
  if (!detail.boosted) return;
  const page = read(detail.serverResponse);
  if (standsAlone(page)) {
    event.preventDefault();
    location.assign(detail.xhr.responseURL || detail.pathInfo.requestPath);
    return;
  }
  Object.assign(detail, {
    shouldSwap: true, // A refusal is a page as well.
    isError: false,
    target: document.querySelector(PART),
    selectOverride: PART,
    swapOverride: "outerHTML show:none",
  });
  wear(page);
};

const wear = (page) => {
  document.documentElement.lang = page.documentElement.lang;
  const { theme } = page.documentElement.dataset;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
};

// The page begins at its top, or at what its address names; readers of the screen are told where they are.
const arrive = (top) => {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  document.getElementById("content")?.focus({ preventScroll: true });
  if (named && !top) named.scrollIntoView({ behavior: "instant" });
  else scrollTo({ top, behavior: "instant" });
  document.getElementById("told").textContent = document.title;
  mark();
};

export const turnPages = (arrived) => {
  if (isForeign()) {
    document.body.removeAttribute("hx-boost");
    return;
  }
  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => { history.scrollRestoration = "auto"; });
  addEventListener("pageshow", () => { history.scrollRestoration = "manual"; });
  document.addEventListener("htmx:beforeProcessNode", keepWhole);
  document.addEventListener("submit", leaveButtons, { capture: true });
  document.addEventListener("htmx:beforeSend", leaveFiles);
  document.addEventListener("htmx:beforeSwap", swapPart);
  document.addEventListener("htmx:sendError", ({ detail }) => {
    if (detail.boosted && detail.requestConfig.verb === "get") location.assign(detail.pathInfo.finalRequestPath);
  });
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (!detail.boosted) return;
    arrive(0);
    arrived();
  });
  document.addEventListener("htmx:beforeHistorySave", ({ detail }) => scrolls.set(detail.path, scrollY));
  document.addEventListener("htmx:historyCacheMissLoad", ({ detail }) => {
    const page = read(detail.response ?? detail.xhr.responseText);
    if (standsAlone(page)) location.reload();
  });
  document.addEventListener("htmx:historyCacheMissLoadError", () => location.reload());
  document.addEventListener("htmx:historyRestore", ({ detail }) => arrive(scrolls.get(detail.path) || 0));
};
