// The mailbox page: every button is one call of the control API below /mail/control.

import { attempt, byId, controls, element, every, fillCounts, fillTable } from "/control/common.js";

const REFRESH_MS = 2000;
const { read, control } = controls("/mail/control");
const DONE = {
  open: "Opened.", unsubscribe: "Unsubscribed.", complain: "Marked as spam.", bounce: "Bounced.",
  soft_bounce: "Bounced for now.", scan: "Scanned.", out_of_office: "Answered.",
};
let openId = null;

const moment = (seconds) => new Date(seconds * 1000).toLocaleString([], { dateStyle: "short", timeStyle: "medium" });

function messageItem(row) {
  const button = element("button", "", { type: "button" });
  if (row.id === openId) button.ariaCurrent = "true";
  button.append(
    element("span", row.recipient, { className: "to" }),
    element("span", moment(row.received_at), { className: "when" }),
    element("span", row.subject || "(no subject)", { className: "subject" }),
    element("span", row.from, { className: "from" }),
  );
  button.addEventListener("click", () => show(row.id));
  button.dataset.id = row.id;
  return element("li", button);
}

async function showList() {
  const rows = await read(`messages?q=${encodeURIComponent(byId("q").value)}`);
  byId("nothing").hidden = rows.length > 0;
  const shown = [...byId("messages").querySelectorAll("button")].map((button) => Number(button.dataset.id));
  // Left alone while nothing changed, so that the keyboard's place in it stays.
  if (shown.join() !== rows.map(({ id }) => id).join()) byId("messages").replaceChildren(...rows.map(messageItem));
}

function markOpen() {
  for (const button of byId("messages").querySelectorAll("button")) {
    button.ariaCurrent = Number(button.dataset.id) === openId ? "true" : null;
  }
}

function linkItem({ url, words }) {
  const name = words.trim() || url;
  const button = element("button", "Click", { type: "button", ariaLabel: `Click ${name}` });
  const place = element("span", url);
  button.addEventListener("click", () => act("click", { url }, ({ visits: [visit] }) => {
    place.textContent = `${visit.addresses.join(" → ")} (${visit.status || "no answer"})`;
    return "Clicked.";
  }));
  const item = element("li", button);
  item.append(element("strong", name), place);
  return item;
}

function showDeeds(deeds) {
  byId("deeds").replaceChildren(...deeds.map(({ at, what }) => element("li", `${moment(at)}: ${what}`)));
}

async function show(id) {
  const page = await read(`message?id=${id}`);
  openId = id;
  markOpen();
  byId("subject").textContent = page.subject || "(no subject)";
  fillCounts("envelope", {
    From: page.from, To: page.recipient, Received: moment(page.received_at), "Return path": page.sender || "(none)",
  });
  byId("html").hidden = !page.html;
  byId("text").hidden = Boolean(page.html);
  byId("text").textContent = page.html ? "" : page.text;
  if (page.html) byId("html").src = `/mail/control/html?id=${id}`;
  byId("raw").textContent = page.raw;
  byId("files").textContent = page.files.length ? `Files: ${page.files.join(", ")}` : "";
  byId("links").replaceChildren(...page.links.map(linkItem));
  byId("answer").elements.from_address.value = page.recipient;
  document.querySelector("[data-act=unsubscribe]").disabled = !page.one_click_url;
  showDeeds(page.deeds);
  byId("message-pane").hidden = false;
  byId("message-pane").scrollIntoView({ block: "nearest" });
}

// Do something with the open message, and show what became of it.
function act(verb, body = {}, told = () => DONE[verb]) {
  const id = openId;
  return attempt(told, async () => {
    const answer = await control(verb === "soft_bounce" ? "bounce" : verb, { id, ...body });
    if (id === openId) showDeeds((await read(`message?id=${id}`)).deeds);
    await refresh();
    return answer;
  });
}

byId("message-pane").addEventListener("click", ({ target }) => {
  const verb = target.dataset?.act;
  if (!verb) return;
  const extra = {
    soft_bounce: { permanent: false },
    out_of_office: { text: byId("answer").elements.text.value },
  };
  act(verb, extra[verb]);
});

byId("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  act("answer", Object.fromEntries(new FormData(form)), () => {
    form.elements.text.value = "";
    return "Answered.";
  });
});

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  showList();
});

byId("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  const order = { ...Object.fromEntries(data), stored: data.has("stored") };
  for (const name of ["times", "skip", "code", "seconds"]) order[name] = Number(order[name]);
  attempt("Ordered.", async () => {
    await control("add_fault", order);
    await refresh();
  });
});
byId("clear-faults").addEventListener("click", () => attempt("Cleared.", async () => {
  await control("clear_faults");
  await refresh();
}));

function showFaults(faults) {
  fillTable("faults", faults.map((fault) => {
    const remove = element("button", "Remove", { type: "button" });
    remove.addEventListener("click", () => attempt("Removed.", async () => {
      await control("remove_fault", { id: fault.id });
      await refresh();
    }));
    return { cells: [fault.kind.replaceAll("_", " "), fault.at, fault.address, `${fault.hits} of ${fault.times || "∞"}`, remove] };
  }));
}

async function refresh() {
  const [health, faults] = await Promise.all([read("health"), read("faults"), showList()]);
  fillCounts("counts", {
    Messages: health.messages, Mailboxes: health.mailboxes, "SMTP port": String(health.smtp_port), "IMAP port": String(health.imap_port),
  });
  showFaults(faults);
}

async function start() {
  const { kinds, stages } = await read("fault_kinds");
  byId("kinds").append(...kinds.map((kind) => new Option(kind.replaceAll("_", " "), kind)));
  byId("stages").append(...stages.map((stage) => new Option(stage.replaceAll("_", " "), stage)));
  await refresh();
  every(REFRESH_MS, refresh);
}

start();
