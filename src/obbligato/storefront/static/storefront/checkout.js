// Says which time zone the browser is set to: one of the things that tell where a buyer lives. Nothing waits for it.
(() => {
  "use strict";
  const field = document.querySelector("[data-time-zone]");
  if (field) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
})();
