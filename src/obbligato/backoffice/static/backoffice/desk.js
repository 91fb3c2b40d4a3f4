// Fields that select2 draws are named by what is chosen in them; here they are named by their label (WCAG 4.1.2).
addEventListener("load", () => {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const drawn = select.nextElementSibling;
    if (!label || !drawn) continue;
    for (const part of drawn.querySelectorAll(".select2-selection, .select2-selection__rendered")) {
      part.setAttribute("aria-label", label.textContent.trim());
    }
  }
});
