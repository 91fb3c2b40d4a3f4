// Makes the search field a combobox (WAI-ARIA 1.2) of what htmx puts below it: arrows choose, Enter goes there, Escape
// closes. Without it, or with nothing chosen, Enter searches.
(() => {
  "use strict";
  const field = document.getElementById("q");
  const box = document.getElementById("suggestions");
  if (!field || !box) return;
  let chosen = -1;
  const options = () => [...box.querySelectorAll('[role="option"]')];

  function open(isOpen) {
    box.hidden = !isOpen;
    field.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) choose(-1);
  }

  function choose(place) {
    chosen = place;
    options().forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    const option = options()[place];
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  function step(by) {
    const count = options().length;
    if (!count) return;
    if (box.hidden) open(true);
    // One place more than there are options: the field itself, with what was typed.
    const place = chosen + by;
    choose(place >= count ? -1 : place < -1 ? count - 1 : place);
  }

  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": box.id, "aria-expanded": "false",
  })) field.setAttribute(name, value);

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && !box.hidden) {
      event.preventDefault();
      open(false);
    } else if (event.key === "Enter" && !box.hidden && chosen >= 0) {
      event.preventDefault();
      options()[chosen].click();
    }
  });
  field.addEventListener("input", () => { if (!field.value.trim()) open(false); else choose(-1); });
  field.addEventListener("blur", () => open(false));
  box.addEventListener("mousedown", (event) => event.preventDefault());
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== box) return;
    open(options().length > 0 && document.activeElement === field && field.value.trim() !== "");
  });
})();
