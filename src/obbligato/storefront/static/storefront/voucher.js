// Puts the code that stands behind # in the address into the field, also after signing in; so it does with one that was
// looked up. It sends it nowhere: only the form does, when its button is pressed. Without it, one types the code.
(() => {
  "use strict";
  const kept = "voucher";
  const field = document.getElementById("code");
  const scanned = location.hash.slice(1);
  const looked = document.querySelector("[data-code]");
  if (looked) sessionStorage.setItem(kept, looked.dataset.code);
  if (scanned) {
    sessionStorage.setItem(kept, scanned);
    history.replaceState(null, "", location.pathname);
  }
  if (field) {
    field.value = field.value || sessionStorage.getItem(kept) || "";
    field.form.addEventListener("submit", () => sessionStorage.removeItem(kept));
  }
})();
