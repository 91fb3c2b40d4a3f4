// Fields that select2 draws are named by what is chosen in them; here they are named by their label (WCAG 4.1.2).
new MutationObserver(() => {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const parts = select.nextElementSibling?.querySelectorAll(".select2-selection, .select2-selection__rendered");
    for (const part of (label && parts) || []) part.setAttribute("aria-label", label.textContent.trim());
  }
}).observe(document, { childList: true, subtree: true });
