// Shows a button beside each thing to copy, and copies it. Without it the text can be selected.
(() => {
  "use strict";
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.dataset.label ||= button.textContent;
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = button.dataset.label), 2000);
    });
  }
})();
