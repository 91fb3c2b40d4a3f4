// Puts the code that stands behind # in the address into the field, also after signing in. It sends it nowhere: only the
// form does, when its button is pressed. Without it, one types the code.
(() => {
  "use strict";
  const kept = "voucher";
  const field = document.getElementById("code");
  const scanned = location.hash.slice(1);
  if (scanned) {
    sessionStorage.setItem(kept, scanned);
    history.replaceState(null, "", location.pathname);
  }
  if (field && !field.value) {
    field.value = sessionStorage.getItem(kept) || "";
    sessionStorage.removeItem(kept);
  }
})();
