// Calls: the running timer, dialling with one click, and what was typed before a call began.

const two = (number) => String(number).padStart(2, "0");

function clock(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

// The server says how long the call has lasted; from there this browser counts.
function tick() {
  for (const timer of document.querySelectorAll("[data-elapsed]")) {
    timer.dataset.since ??= performance.now() - Number(timer.dataset.elapsed) * 1000;
    timer.textContent = clock(Math.floor((performance.now() - Number(timer.dataset.since)) / 1000));
  }
}
setInterval(tick, 500);
document.body.addEventListener("htmx:afterSettle", tick);
tick();

// The number in the field is the one that is dialled.
document.addEventListener("input", (event) => {
  const dial = event.target.form?.querySelector("[data-dial]");
  if (dial && event.target.name === "phone_number") {
    dial.href = `tel:${event.target.value.replace(/[^0-9+*#]/g, "")}`;
  }
});

// The browser follows the link to the phone; the call begins here too.
document.addEventListener("click", (event) => {
  const dial = event.target.closest("[data-dial]");
  if (!dial) return;
  const values = Object.fromEntries(new FormData(dial.closest("form")));
  forget(dial.closest("form"));
  htmx.ajax("POST", dial.dataset.start, { target: "#panel", swap: "innerHTML", values });
});

// What was typed is there again when the panel is closed and opened, until it is logged.
const kept = (form) => [...form.elements].filter((field) => field.name && field.type !== "hidden");

function keep(form) {
  const values = Object.fromEntries(kept(form).map((field) => [field.name, field.value]));
  sessionStorage.setItem(form.dataset.keep, JSON.stringify(values));
}

function forget(form) {
  if (form?.dataset.keep) sessionStorage.removeItem(form.dataset.keep);
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.dataset.keep) keep(form);
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  const form = event.target.querySelector?.("form[data-keep]");
  const values = form && JSON.parse(sessionStorage.getItem(form.dataset.keep) ?? "null");
  // What the server answered with errors is what was typed last.
  if (!values || form.querySelector(".field-error")) return;
  for (const field of kept(form)) if (values[field.name]) field.value = values[field.name];
});
document.body.addEventListener("callsChanged", () => forget(document.querySelector("form[data-keep]")));
