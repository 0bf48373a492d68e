// What every page has: the panel, keyboard shortcuts, menus, toasts.

const panel = () => document.getElementById("panel");

// With `undo`, an address, a button posts there; it shows for as long as it can still be undone.
export function toast(text, { undo, label, seconds = 6 } = {}) {
  const item = document.createElement("div");
  item.className = "toast-item";
  item.textContent = text;
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "toast-undo";
    button.textContent = label;
    button.addEventListener("click", () => {
      item.remove();
      htmx.ajax("POST", undo, { target: "#panel", swap: "innerHTML" });
    });
    item.append(button);
  }
  document.getElementById("toasts").append(item);
  setTimeout(() => item.remove(), seconds * 1000);
}

function isTyping(target) {
  return target.closest("input:not([type='checkbox']), textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  const wantsSearch =
    (event.key === "/" && !isTyping(event.target)) || (event.key === "k" && (event.metaKey || event.ctrlKey));
  if (wantsSearch) {
    const search = document.querySelector("[data-shortcut='/']");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if (event.key === "Escape" && event.target.matches("[data-shortcut='/']")) {
    // Only leaves the search: browsers would empty it.
    event.preventDefault();
    event.target.blur();
  } else if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  }
});

// After Enter the keys of the list work.
document.addEventListener("submit", (event) => {
  event.target.querySelector("[data-shortcut='/']")?.blur();
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(copy.dataset.copy).then(() => toast(copy.dataset.copied));
  }
  if (event.target.closest("[data-close-panel]") || event.target === panel()) panel()?.close();
});

// A fragment that lands in the panel opens it; closing it leaves its address. What had the focus
// before gets it back from the browser.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === panel() && !panel().open) panel().showModal();
});
document.addEventListener(
  "close",
  (event) => {
    if (event.target !== panel()) return;
    const url = new URL(location.href);
    if (url.searchParams.has("person")) {
      url.searchParams.delete("person");
      history.replaceState(history.state, "", url);
    }
    panel().replaceChildren();
  },
  true,
);

// Who works with the keyboard stays in place when a swap removes what had the focus: on what is
// called the same now, or on the next of its kind, as the button of the row after one that is done.
const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex='0']";
const reachable = (inside) => [...inside.querySelectorAll(FOCUSABLE)].filter((item) => item.checkVisibility());
const nameOf = (item) => [item.tagName, item.textContent.trim(), item.name, item.value].join(" ");
// The label that is seen; who or what it is for is said to screen readers only.
const labelOf = (item) => [...item.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim());
const kindOf = (item) => [item.tagName, item.className, ...labelOf(item)].join(" ");
const alike = (items, kind) => items.filter((item) => kindOf(item) === kind);
let left = null;
document.body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const focused = document.activeElement;
  left = null;
  if (focused === target || !target.contains(focused)) return;
  // What is in a menu goes with it.
  const item = focused.closest("details.menu")?.querySelector("summary") ?? focused;
  const kind = kindOf(item);
  left = { target, name: nameOf(item), kind, place: alike(reachable(target), kind).indexOf(item) };
});
document.body.addEventListener("htmx:afterSettle", () => {
  if (left === null || document.activeElement !== document.body || !left.target.isConnected) return;
  const items = reachable(left.target);
  const others = alike(items, left.kind);
  const same = items.find((item) => nameOf(item) === left.name);
  const next = others[Math.min(left.place, others.length - 1)];
  (same ?? next ?? items[0])?.focus({ preventScroll: true });
  left = null;
});

// A link to a page with somebody's panel open; a form about somebody has them in its address too.
function openPersonInAddress() {
  if (document.querySelector(".page-narrow form")) return;
  const person = new URLSearchParams(location.search).get("person");
  if (/^\d+$/.test(person ?? "") && panel() && !panel().open) {
    htmx.ajax("GET", `${panel().dataset.people}${person}/`, { target: "#panel", swap: "innerHTML" });
  }
}
document.addEventListener("htmx:historyRestore", openPersonInAddress);
document.addEventListener("htmx:historyCacheMissLoad", openPersonInAddress);
openPersonInAddress();

const REFUSALS = {
  403: "You may not do this.",
  404: "There is nothing at this address: it is wrong, or what was there is gone.",
};
document.body.addEventListener("htmx:responseError", (event) => {
  toast(REFUSALS[event.detail.xhr.status] ?? "That did not work. Please try again.");
});
document.body.addEventListener("htmx:sendError", () => toast("The server can't be reached. Please try again."));
document.body.addEventListener("toast", (event) => toast(event.detail.value, event.detail));
// What was done in the panel is done.
document.body.addEventListener("closePanel", () => panel()?.close());

// On a phone the navigation is a row that is longer than the screen.
document.querySelector(".sidebar [aria-current='page']")?.scrollIntoView({ block: "nearest", inline: "center" });
