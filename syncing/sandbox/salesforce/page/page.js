// The Salesforce page: every button is one call of the control API below /salesforce/control.

import { attempt, byId, controls, element, every, fillCounts, fillTable } from "/control/common.js";

const REFRESH_MS = 2000;
const FIXED_SETTINGS = new Set(["client_id", "client_secret"]);
const MERGED = new Set(["Lead", "Contact"]);
const { read, control } = controls("/salesforce/control");
let open = null;
let users = [];

const title = (values) => values.Subject || values.Name || values.Id;
const detail = (values) => [values.Status, values.Priority, values.ActivityDate, values.Email, values.StageName].filter(Boolean).join(" · ");

// Records

function recordItem(values) {
  const button = element("button", "", { type: "button" });
  button.dataset.id = values.Id;
  if (values.Id === open?.values.Id) button.ariaCurrent = "true";
  button.append(
    element("span", title(values), { className: "title" }),
    element("span", values.LastModifiedDate.slice(5, 16).replace("T", " "), { className: "more" }),
    element("span", detail(values), { className: "more" }),
  );
  button.addEventListener("click", () => show(values.Id));
  return element("li", button);
}

async function showList() {
  const query = new URLSearchParams({ object: byId("object").value, q: byId("q").value });
  if (byId("deleted").checked) query.set("deleted", "1");
  const rows = await read(`search?${query}`);
  byId("nothing").hidden = rows.length > 0;
  const held = document.activeElement?.dataset?.id;
  byId("records").replaceChildren(...rows.map(recordItem));
  // The keyboard's place in the list stays.
  if (held) byId("records").querySelector(`[data-id="${held}"]`)?.focus();
}

function ownerSelect(value) {
  const select = element("select");
  select.append(new Option("", ""), ...users.map((user) => new Option(user.Name, user.Id)));
  if (value && !users.some(({ Id }) => Id === value)) select.append(new Option(value, value));
  select.value = value ?? "";
  return select;
}

function input(field, value) {
  if (field.name === "OwnerId") return ownerSelect(value);
  if (field.type === "boolean") return element("input", "", { type: "checkbox", checked: Boolean(value) });
  if (field.choices.length) {
    const select = element("select");
    select.append(new Option("", ""), ...field.choices.map((choice) => new Option(choice, choice)));
    if (value && !field.choices.includes(value)) select.append(new Option(value, value));
    select.value = value ?? "";
    return select;
  }
  if (field.type === "textarea") return element("textarea", value ?? "", { rows: 4 });
  const types = { date: "date", int: "number", double: "number", currency: "number" };
  return element("input", "", { type: types[field.type] ?? "text", value: value ?? "", step: "any" });
}

function fieldLabel(field, value) {
  const made = Object.assign(input(field, value), { name: field.name, required: field.is_required });
  const label = element("label", field.type === "boolean" ? "" : field.label, { className: field.type === "textarea" ? "long" : "" });
  label.append(made);
  if (field.type === "boolean") {
    label.className = "check";
    label.append(field.label);
  }
  return label;
}

function typed(field, made) {
  if (field.type === "boolean") return made.checked;
  if (made.value === "") return null;
  return made.type === "number" ? Number(made.value) : made.value;
}

function showForm({ object, values, fields }) {
  open = { object, values, fields };
  const isNew = !values.Id;
  const isUser = object === "User";
  byId("record-title").textContent = isNew ? `New ${object}` : `${object}: ${title(values)}`;
  byId("facts").textContent = isNew ? "" : `${values.Id} · changed ${values.SystemModstamp}`;
  byId("record").replaceChildren(...fields
    .filter((field) => (isNew ? field.is_createable : field.is_updateable))
    .map((field) => fieldLabel(field, values[field.name])));
  const offered = {
    complete: object === "Task" && !isNew && !values.IsClosed,
    convert: object === "Lead" && !isNew && !values.IsConverted,
    delete: !isNew && !isUser && !values.IsDeleted,
    undelete: !isNew && values.IsDeleted,
    toggle_user: isUser,
  };
  for (const button of document.querySelectorAll("[data-act]")) button.hidden = !offered[button.dataset.act];
  byId("merge").hidden = isNew || !MERGED.has(object) || values.IsDeleted;
  byId("pane").hidden = false;
}

async function show(id) {
  showForm(await read(`record?id=${encodeURIComponent(id)}`));
  history.replaceState(null, "", `#${id}`);
  for (const button of byId("records").querySelectorAll("button")) button.ariaCurrent = button.dataset.id === id ? "true" : null;
}

function changedValues() {
  const values = {};
  for (const field of open.fields) {
    const made = byId("record").elements[field.name];
    if (!made) continue;
    const before = open.values[field.name] ?? (field.type === "boolean" ? false : null);
    if (typed(field, made) !== before) values[field.name] = typed(field, made);
  }
  return values;
}

// Do something with the open record, then show it as it is.
function act(done, action) {
  return attempt(done, async () => {
    const id = await action() ?? open.values.Id;
    await refresh();
    await show(id);
  });
}

byId("record").addEventListener("submit", (event) => {
  event.preventDefault();
  const user = byId("user").value;
  const values = changedValues();
  act("Saved.", async () => {
    if (open.values.Id) await control("update", { id: open.values.Id, values, user });
    else return (await control("create", { object: open.object, values, user })).id;
  });
});

const ACTS = {
  complete: () => control("update", { id: open.values.Id, values: { Status: "Completed" }, user: byId("user").value }),
  convert: () => control("convert", { id: open.values.Id }),
  delete: () => control("delete", { id: open.values.Id }),
  undelete: () => control("undelete", { id: open.values.Id }),
  toggle_user: () => control("change_user", { id: open.values.Id, values: { IsActive: !open.values.IsActive } }),
};
byId("pane").addEventListener("click", ({ target }) => {
  const verb = target.dataset?.act;
  if (verb) act("Done.", async () => { await ACTS[verb](); });
});

byId("merge").addEventListener("submit", (event) => {
  event.preventDefault();
  const losers = byId("losers").value.split(/[\s,]+/).filter(Boolean);
  act("Merged.", async () => {
    await control("merge", { winner: open.values.Id, losers });
    event.target.reset();
  });
});

byId("new").addEventListener("click", () => attempt("", async () => {
  const object = byId("object").value;
  showForm({ object, values: {}, fields: await read(`fields?object=${object}`) });
}));
byId("empty").addEventListener("click", () => attempt(({ records }) => `${records} gone.`, async () => {
  const answer = await control("empty_recycle_bin");
  await refresh();
  return answer;
}));
byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  showList();
});
byId("search").addEventListener("change", showList);

// The org

function settingLabel([name, value]) {
  const text = name.replaceAll("_", " ");
  const isFlag = typeof value === "boolean";
  const label = element("label", isFlag ? "" : text, { className: isFlag ? "check" : "" });
  label.append(isFlag
    ? element("input", "", { type: "checkbox", name, checked: value })
    : element("input", "", { type: "number", name, value }));
  if (isFlag) label.append(text);
  return label;
}

byId("settings").addEventListener("change", ({ target }) => attempt("Saved.", () => control("change_settings", {
  [target.name]: target.type === "checkbox" ? target.checked : Number(target.value),
})));
byId("settings").addEventListener("submit", (event) => event.preventDefault());

for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => attempt("Done.", async () => {
    await control(button.dataset.do);
    await refresh();
  }));
}

byId("access").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt("Saved.", async () => {
    await control("set_access", Object.fromEntries(new FormData(event.target)));
    await showShape();
  });
});
byId("picklist").addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  const values = data.get("values").split(",").map((value) => value.trim()).filter(Boolean);
  attempt("Saved.", () => control("set_picklist", { field: data.get("field"), values }));
});

async function showShape() {
  const shape = await read("shape");
  const parts = {
    "Custom fields": shape.custom_fields.map(({ name }) => name), "Only read": shape.read_only, "Not seen": shape.hidden,
  };
  byId("shape").textContent = Object.entries(parts)
    .filter(([, names]) => names.length).map(([what, names]) => `${what}: ${names.join(", ")}.`).join(" ");
}

byId("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  const order = { ...Object.fromEntries(data), committed: data.has("committed") };
  for (const name of ["times", "skip", "probability", "status", "seconds"]) order[name] = Number(order[name]);
  attempt("Ordered.", async () => {
    await control("add_fault", order);
    await refresh();
  });
});
byId("clear-faults").addEventListener("click", () => attempt("Cleared.", async () => {
  await control("clear_faults");
  await refresh();
}));

function faultRow(fault) {
  const remove = element("button", "Remove", { type: "button" });
  remove.addEventListener("click", () => attempt("Removed.", async () => {
    await control("remove_fault", { id: fault.id });
    await refresh();
  }));
  const isRecord = ["record", "race"].includes(fault.kind);
  const where = isRecord ? `${fault.object}.${fault.field}` : `${fault.method} ${fault.path}`;
  return { cells: [fault.kind.replaceAll("_", " "), where, fault.code, `${fault.hits} of ${fault.times || "∞"}`, remove] };
}

async function refresh() {
  const [health, faults, requests] = await Promise.all([read("health"), read("faults"), read("requests"), showList(), showShape()]);
  fillCounts("counts", { ...health.counts, "Recycle bin": health.recycle_bin, "API calls today": health.api_usage, Sessions: health.sessions });
  fillTable("faults", faults.map(faultRow));
  fillTable("requests", requests.map((entry) => ({
    cells: [entry.at.slice(11, 19), `${entry.method} ${entry.path}`, entry.status, entry.code, entry.milliseconds, entry.fault],
    failed: entry.status === 0 || entry.status >= 400,
  })));
}

async function start() {
  const [kinds, everybody, settings] = await Promise.all([read("fault_kinds"), read("users"), read("settings")]);
  users = everybody;
  byId("kinds").append(...kinds.map((kind) => new Option(kind.replaceAll("_", " "), kind)));
  byId("user").append(...users.map((user) => new Option(user.Name, user.Id)));
  byId("settings").append(...Object.entries(settings).filter(([name]) => !FIXED_SETTINGS.has(name)).map(settingLabel));
  await refresh();
  const linked = location.hash.slice(1);
  if (linked) await attempt("", () => show(linked));
  every(REFRESH_MS, refresh);
}

start();
