// Starts a download that became ready, and shows refusals. It fetches nothing else.

export const watchDownloads = () => {
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
};
