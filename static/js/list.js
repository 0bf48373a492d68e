// A list with rows to tick, the bar of what to do with them, and the keyboard.

// Nothing is kept between events: going back in history puts new elements in place of all of them.
const ticks = () => [...document.querySelectorAll("[data-list] tbody .tick input")];
const rows = () => [...document.querySelectorAll("[data-list] [data-row]")];

function showSelection() {
  const bar = document.getElementById("bulk");
  if (!bar) return;
  const all = document.getElementById("select-all");
  const page = document.getElementById("select-page");
  const ticked = ticks().filter((tick) => tick.checked).length;
  const words = document.getElementById("bulk-count");
  page.checked = ticked > 0 && ticked === ticks().length;
  page.indeterminate = ticked > 0 && !page.checked;
  bar.hidden = ticked === 0 && !all?.checked;
  words.textContent = all?.checked
    ? words.dataset.all
    : (ticked === 1 ? words.dataset.one : words.dataset.many).replace("%s", ticked);
}

function tickAll(isTicked) {
  for (const tick of ticks()) tick.checked = isTicked;
}

document.addEventListener("change", (event) => {
  const { id, checked } = event.target;
  if (!event.target.closest("#selection")) return;
  const all = document.getElementById("select-all");
  if (id === "select-page" || id === "select-all") tickAll(checked);
  if (all && !checked && event.target.closest(".tick")) all.checked = false;
  showSelection();
});

function move(step) {
  const links = rows();
  const here = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), links.length - 1);
  links[next]?.focus();
}

function tickRow() {
  const tick = document.activeElement.closest("tr")?.querySelector(".tick input");
  if (tick) tick.click();
}

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  const isTyping = target.closest("input:not([type='checkbox']), textarea, select") !== null;
  if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (key === "Escape" && !isTyping) {
    tickAll(false);
    const all = document.getElementById("select-all");
    if (all) all.checked = false;
    showSelection();
  }
  if (isTyping) return;
  if (key === "j") move(1);
  if (key === "k") move(-1);
  if (key === "x") tickRow();
});

// The search box stays while the list is swapped; it follows the list, except under the user's hands.
document.body.addEventListener("htmx:afterSettle", () => {
  showSelection();
  const list = document.querySelector("#people [data-q]");
  const search = document.getElementById("global-search");
  if (list && document.activeElement !== search) search.value = list.dataset.q;
});
document.body.addEventListener("htmx:historyRestore", showSelection);

showSelection();
