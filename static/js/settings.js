// Settings and account pages: small conveniences; every page works without them.

for (const select of document.querySelectorAll("[data-guess-time-zone]")) {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isUntouched = select.value === select.options[0].value;
  if (isUntouched && [...select.options].some((option) => option.value === here)) select.value = here;
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-select-all]")) event.target.select();
});
