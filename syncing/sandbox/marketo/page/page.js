// The sandbox's control page: every button is one call of the control API.

import { attempt as attemptIt, byId, controls, element, every, fillCounts, fillTable } from "/control/common.js";

const REFRESH_MS = 2000;
const FIELDS = [
  "firstName", "lastName", "email", "phone", "company", "title", "leadSource", "city", "country",
  "leadScore", "unsubscribed", "emailInvalid", "blackListed", "doNotCall", "sfdcType", "sfdcLeadId", "sfdcContactId",
];
const FLAGS = new Set(["unsubscribed", "emailInvalid", "blackListed", "doNotCall"]);
const NUMBERS = new Set(["leadScore"]);
// What marketing sees a person do, by activity type.
const DEEDS = {
  "Visits a page": { type: 1, suggestion: "www.sandbox.example/pricing", attributes: (page) => ({ "Webpage URL": page }) },
  "Opens a marketing email": { type: 10, suggestion: "Autumn newsletter", attributes: () => ({ "Is Bot Activity": false }) },
  "Has an interesting moment": { type: 46, suggestion: "Asked for a quote", attributes: (text) => ({ Type: "Web", Source: "Web", Description: text }) },
};
const FIXED_SETTINGS = new Set(["people", "seed", "density", "first_id", "permissions", "hidden_fields", "client_id", "client_secret", "api_user"]);

const { read, control } = controls("/control");
let owners = new Map();
let openPerson = null;
let linkedInField = "";

// Whatever came of it, the page shows what is true now.
async function attempt(done, action) {
  await attemptIt(done, action);
  await refresh();
}

const ownerName = (id) => owners.get(id) ?? id ?? "";

async function showPeople() {
  const people = await read(`search?q=${encodeURIComponent(byId("q").value)}`);
  fillTable("people", people.map((person) => {
    const name = [person.firstName, person.lastName].filter(Boolean).join(" ");
    const edit = element("button", "Edit", { type: "button", ariaLabel: `Edit ${name || person.id}` });
    edit.addEventListener("click", () => showPerson(person));
    return {
      cells: [
        person.id, name, person.email, person.company, person.title, person.sfdcType, ownerName(person.sfdcLeadOwnerId), edit,
      ],
    };
  }));
}

function fieldInput(name, value) {
  const label = element("label", FLAGS.has(name) ? "" : name);
  if (FLAGS.has(name)) {
    label.className = "check";
    label.append(element("input", "", { type: "checkbox", name, checked: Boolean(value) }), name);
  } else if (name === "sfdcLeadOwnerId") {
    const select = element("select", "", { name });
    select.append(new Option("No owner", ""), ...[...owners].map(([id, text]) => new Option(text, id)));
    if (value && !owners.has(value)) select.append(new Option(value, value));
    select.value = value ?? "";
    label.append(select);
  } else {
    label.append(element("input", "", { name, value: value ?? "", type: NUMBERS.has(name) ? "number" : "text" }));
  }
  return label;
}

function showPerson(person) {
  openPerson = person;
  byId("person-title").textContent = person.id ? `Person ${person.id}` : "New person";
  const names = [...FIELDS, linkedInField, "sfdcLeadOwnerId"].filter((name) => name && (!person.id || name in person));
  byId("person-fields").replaceChildren(...names.map((name) => fieldInput(name, person[name])));
  byId("person-actions").hidden = !person.id;
  byId("person").showModal();
}

function changedValues(form) {
  const values = {};
  for (const input of form.querySelectorAll("[name]")) {
    const typed = input.type === "checkbox" ? input.checked : input.value || null;
    const value = typed !== null && NUMBERS.has(input.name) ? Number(typed) : typed;
    if (value !== (openPerson[input.name] ?? (input.type === "checkbox" ? false : null))) values[input.name] = value;
  }
  return values;
}

function closePerson() {
  byId("person").close();
  return showPeople();
}

byId("person-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const values = changedValues(event.target);
  attempt(openPerson.id ? "Saved." : "Created.", async () => {
    if (openPerson.id) await control("change_lead", { id: openPerson.id, values });
    else await control("create_lead", { values });
    await closePerson();
  });
});

byId("person").addEventListener("click", (event) => {
  const act = event.target.dataset?.act;
  if (act === "close") byId("person").close();
  else if (act) {
    attempt("Done.", async () => {
      await control(act, { id: openPerson.id });
      await closePerson();
    });
  }
});

byId("merge").addEventListener("submit", (event) => {
  event.preventDefault();
  const losers = byId("losers").value.split(/[\s,]+/).filter(Boolean).map(Number);
  attempt("Merged.", async () => {
    await control("merge_leads", { winner: openPerson.id, losers });
    event.target.reset();
    await closePerson();
  });
});

byId("deed").replaceChildren(...Object.keys(DEEDS).map((deed) => element("option", deed, { value: deed })));
byId("deed").addEventListener("change", suggestSubject);
suggestSubject();

function suggestSubject() {
  byId("subject").value = DEEDS[byId("deed").value].suggestion;
}

byId("engagement").addEventListener("submit", (event) => {
  event.preventDefault();
  const { type, attributes } = DEEDS[byId("deed").value];
  const subject = byId("subject").value;
  attempt("Logged.", async () => {
    const primary = { primary_id: 1, primary_value: subject };
    await control("add_activity", { lead: openPerson.id, type, attributes: attributes(subject), ...primary });
    await closePerson();
  });
});

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  showPeople();
});
byId("new-person").addEventListener("click", () => showPerson({}));

byId("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  const order = { kind: data.get("kind"), endpoint: data.get("endpoint"), code: data.get("code") };
  for (const name of ["times", "skip", "probability", "status", "seconds", "bytes"]) order[name] = Number(data.get(name));
  order.committed = data.has("committed");
  attempt("Ordered.", () => control("add_fault", order));
});
byId("clear-faults").addEventListener("click", () => attempt("Cleared.", () => control("clear_faults")));
byId("expire-tokens").addEventListener("click", () => attempt("Expired.", () => control("expire_tokens")));

function settingInput(name, value) {
  const text = name.replaceAll("_", " ");
  if (typeof value === "boolean") {
    const label = element("label", "", { className: "check" });
    label.append(element("input", "", { type: "checkbox", name, checked: value }), text);
    return label;
  }
  const label = element("label", text);
  label.append(element("input", "", { name, value, type: typeof value === "number" ? "number" : "text", step: "any" }));
  return label;
}

async function showSettings() {
  const settings = await read("settings");
  linkedInField = settings.linkedin_field;
  byId("settings").replaceChildren(...Object.entries(settings)
    .filter(([name]) => !FIXED_SETTINGS.has(name))
    .map(([name, value]) => settingInput(name, value)));
}

byId("settings").addEventListener("change", ({ target }) => {
  const value = { checkbox: target.checked, number: Number(target.value) }[target.type] ?? target.value;
  attempt("Switched.", async () => {
    try {
      await control("change_settings", { [target.name]: value });
    } finally {
      await showSettings();
    }
  });
});
byId("settings").addEventListener("submit", (event) => event.preventDefault());

function showCounts({ counts, limits, now }) {
  const shown = {
    People: counts.lead, Companies: counts.company, "Opportunity roles": counts.opportunity_role,
    "Log rows": counts.activity, "Calls today": limits.today, "Calls in the window": limits.in_window,
    "In flight": limits.in_flight, Clock: now.replace("T", " ").replace("Z", " UTC"),
  };
  fillCounts("counts", shown);
}

function showFaults(faults) {
  fillTable("faults", faults.map((fault) => {
    const remove = element("button", "Remove", { type: "button" });
    remove.addEventListener("click", () => attempt("Removed.", () => control("remove_fault", { id: fault.id })));
    return { cells: [fault.kind, fault.endpoint, `${fault.hits} of ${fault.times || "∞"}`, remove] };
  }));
}

const time = (stamp) => stamp.slice(5, 19).replace("T", " ");

async function refresh() {
  const [stats, requests, faults, exports, log] = await Promise.all(
    ["stats", "requests", "faults", "exports", "log"].map(read),
  );
  showCounts(stats);
  showFaults(faults);
  byId("endpoints").replaceChildren(...Object.keys(stats.calls).map((path) => new Option(path, path)));
  fillTable("requests", requests.map((entry) => ({
    failed: entry.status !== 200 && entry.status !== 206 || entry.code !== "",
    cells: [time(entry.at), `${entry.method} ${entry.path}`, entry.status || "reset", entry.code, entry.milliseconds, entry.fault],
  })));
  fillTable("exports", exports.map((job) => ({
    cells: [time(job.createdAt), job.status, JSON.stringify(JSON.parse(job.request).filter), job.numberOfRecords, job.fileSize],
  })));
  fillTable("log", log.map((row) => ({
    cells: [time(row.happenedAt), row.type, row.leadId, row.field ?? row.attributes.map(({ name, value }) => `${name}: ${value}`).join(", ")],
  })));
}

async function start() {
  owners = new Map((await read("owners")).map(({ id, name }) => [id, name]));
  byId("kinds").append(...(await read("fault_kinds")).map((kind) => new Option(kind.replaceAll("_", " "), kind)));
  await Promise.all([showSettings(), showPeople(), refresh()]);
  every(REFRESH_MS, refresh);
}

start();
