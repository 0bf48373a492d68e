// Writing an email: what is typed is saved by itself, and never replaced or left behind unasked.

const SAVE_AFTER = 1000;
const drafts = new WeakMap();

function draftOf(form) {
  if (!drafts.has(form)) drafts.set(form, { edits: 0, saved: 0, timer: 0, saving: Promise.resolve() });
  return drafts.get(form);
}

const formOf = (element) => element.closest?.("form[data-save]");
const hasText = ({ elements }) => Boolean(elements.subject?.value || elements.body_html.value);

function edited(form) {
  const draft = draftOf(form);
  draft.edits += 1;
  clearTimeout(draft.timer);
  draft.timer = setTimeout(() => save(form), SAVE_AFTER);
}

// One after the other, for each save names the version that it builds on.
function save(form, options) {
  const draft = draftOf(form);
  clearTimeout(draft.timer);
  draft.saving = draft.saving.then(() => post(form, options));
  return draft.saving;
}

async function post(form, options) {
  const draft = draftOf(form);
  const { edits } = draft;
  if (draft.saved === edits) return;
  const state = form.querySelector("[data-draft-state]");
  const body = new FormData(form);
  body.delete("upload");
  try {
    const response = await fetch(form.dataset.save, { ...options, method: "POST", body, headers: { "HX-Request": "true" } });
    if (!response.ok || response.redirected) throw new Error(response.statusText);
    state.innerHTML = await response.text();
    htmx.process(state);
    draft.saved = edits;
    for (const frame of document.querySelectorAll("[data-follows-draft]")) {
      frame.contentWindow.location.replace(frame.src);
    }
  } catch {
    form.querySelector("[data-draft-words]").textContent = form.dataset.notSaved;
  }
}

function flush(options) {
  for (const form of document.querySelectorAll("form[data-save]")) save(form, options);
}

document.addEventListener("input", (event) => {
  const form = formOf(event.target);
  const { name, type } = event.target;
  if (form && name && type !== "file" && !event.target.closest(".template-picker")) edited(form);
});

// What is asked of the server builds on what is saved.
document.addEventListener("htmx:confirm", (event) => {
  const form = formOf(event.target) ?? document.querySelector("form[data-save]");
  if (!form) return;
  event.preventDefault();
  const { replaces } = event.target.dataset;
  if (replaces && hasText(form) && !window.confirm(replaces)) return;
  save(form).then(() => event.detail.issueRequest(true));
});

// A file goes up as soon as it is chosen, unless the server would refuse its size anyway.
document.addEventListener("change", (event) => {
  const { target } = event;
  if (!target.matches("form[data-save] input[name='upload']") || !target.files.length) return;
  const file = target.files[0];
  const isTooLarge = file.size > Number(target.dataset.maxBytes);
  target.setCustomValidity(isTooLarge ? target.dataset.tooLarge : "");
  target.reportValidity();
  if (isTooLarge) target.value = "";
  else htmx.trigger(target, "chosen");
});

// The list of files is part of the draft.
document.body.addEventListener("filesChanged", () => {
  for (const form of document.querySelectorAll("form[data-save]")) {
    form.elements.upload.value = "";
    edited(form);
  }
});

// Two windows changed the draft, and this one is to stay.
document.addEventListener("click", (event) => {
  const keep = event.target.closest("[data-keep-mine]");
  if (!keep) return;
  event.preventDefault();
  keep.closest("[data-draft-state]").querySelector("input[name='version']").value = keep.value;
  edited(keep.form);
  save(keep.form);
});

document.addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.querySelector("[data-send]")?.click();
  } else if (event.target.matches("input")) {
    // Enter in a field would send what is only half written.
    event.preventDefault();
  }
});

// A plain form, on a page of its own, waits for what is being saved too.
document.addEventListener("submit", (event) => {
  const draft = drafts.get(event.target);
  if (!draft || draft.isSubmitting || draft.saved === draft.edits) return;
  event.preventDefault();
  draft.isSubmitting = true;
  save(event.target).then(() => event.target.requestSubmit(event.submitter));
});

// Sent or thrown away: there is nothing left to save.
document.body.addEventListener("closePanel", () => {
  for (const form of document.querySelectorAll("#panel form[data-save]")) {
    const draft = draftOf(form);
    clearTimeout(draft.timer);
    draft.saved = draft.edits;
  }
});

// Closing the panel and leaving the page keep the draft.
document.addEventListener(
  "click",
  ({ target }) => {
    if (target.closest("[data-close-panel]") || target.id === "panel") flush();
  },
  true,
);
document.addEventListener("cancel", () => flush(), true);
window.addEventListener("pagehide", () => flush({ keepalive: true }));
