// The rich text editor around a textarea, which stays the field of its form.

import "../vendor/purify.min.js";
import Squire from "../vendor/squire.js";

const TOGGLES = {
  bold: ["B", (editor) => editor.bold(), (editor) => editor.removeBold()],
  italic: ["I", (editor) => editor.italic(), (editor) => editor.removeItalic()],
  underline: ["U", (editor) => editor.underline(), (editor) => editor.removeUnderline()],
  list: ["UL", (editor) => editor.makeUnorderedList(), (editor) => editor.removeList()],
  numbers: ["OL", (editor) => editor.makeOrderedList(), (editor) => editor.removeList()],
  quote: ["BLOCKQUOTE", (editor) => editor.increaseQuoteLevel(), (editor) => editor.decreaseQuoteLevel()],
};

// The page's policy forbids style attributes in what is parsed, not styles that a script sets. So the
// attribute goes by another name while the email is written, and its styles are set by hand.
const TAG = /<[a-z][^\s>/]*(?:\s+[^\s=>/]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?)*\s*\/?>/gi;
const hideStyles = (html) => html.replace(TAG, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));
const showStyles = (html) =>
  html.replace(TAG, (tag) => tag.replace(/\sstyle="[^"]*"/g, "").replace(/\sdata-style=/g, " style="));

// What is pasted is parsed in a document that neither runs nor loads anything. Only pictures that a
// reader of the email can load too are kept.
function sanitizeToDOMFragment(html) {
  const fragment = DOMPurify.sanitize(hideStyles(html), { RETURN_DOM_FRAGMENT: true });
  for (const image of fragment.querySelectorAll("img:not([src^='http:' i], [src^='https:' i])")) image.remove();
  for (const element of fragment.querySelectorAll("[data-style]")) {
    element.style.cssText = element.dataset.style;
  }
  return document.importNode(fragment, true);
}

const isEmpty = (surface) => surface.textContent.trim() === "" && !surface.querySelector("img, hr, table");

function start(box) {
  const field = box.querySelector("textarea");
  const bar = box.querySelector("[data-editor-bar]");
  const surface = document.createElement("div");
  surface.className = "editor-text form-control";
  for (const [name, value] of [
    ["role", "textbox"],
    ["aria-multiline", "true"],
    ["aria-label", box.dataset.editor],
  ]) {
    surface.setAttribute(name, value);
  }
  field.hidden = true;
  field.after(surface);
  bar.hidden = false;
  box.dataset.started = "";
  const editor = new Squire(surface, { blockTag: "P", sanitizeToDOMFragment });
  editor.setHTML(field.value);

  const read = () => (isEmpty(surface) ? "" : showStyles(editor.getHTML()));
  let html = read();
  editor.addEventListener("input", () => {
    // It also tells of what it was given to begin with.
    if (html === read()) return;
    html = read();
    field.value = html;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  editor.addEventListener("pathChange", () => showState(bar, editor));
  bar.addEventListener("click", (event) => press(event.target.closest("[data-command]"), bar, editor));
  bar.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-insert]")) return;
    editor.insertPlainText(target.value, false);
    target.value = "";
    editor.focus();
  });
  bar.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-link-address]") || event.key !== "Enter") return;
    event.preventDefault();
    link(bar, editor);
  });
}

function showState(bar, editor) {
  for (const [name, [tag]] of Object.entries(TOGGLES)) {
    bar.querySelector(`[data-command="${name}"]`).setAttribute("aria-pressed", String(editor.hasFormat(tag)));
  }
}

function press(button, bar, editor) {
  if (!button) return;
  const { command } = button.dataset;
  if (command === "link") return askForLink(bar, editor);
  if (command === "set-link") return link(bar, editor);
  if (command === "clear") editor.removeAllFormatting();
  else {
    const [tag, put, remove] = TOGGLES[command];
    (editor.hasFormat(tag) ? remove : put)(editor);
  }
  showState(bar, editor);
  editor.focus();
}

function askForLink(bar, editor) {
  if (editor.hasFormat("A")) {
    editor.removeLink();
    editor.focus();
    return;
  }
  bar.querySelector("[data-link]").hidden = false;
  bar.querySelector("[data-link-address]").focus();
}

function link(bar, editor) {
  const address = bar.querySelector("[data-link-address]");
  const url = address.value.trim();
  bar.querySelector("[data-link]").hidden = true;
  address.value = "";
  // An address without a scheme is one of the web; fields are filled in when the email is sent.
  if (url) editor.makeLink(/^(https?:|mailto:|tel:|\{\{)/i.test(url) ? url : `https://${url}`);
  editor.focus();
}

function startAll() {
  for (const box of document.querySelectorAll("[data-editor]:not([data-started])")) start(box);
}

document.body.addEventListener("htmx:afterSettle", startAll);
startAll();
