// What the sandbox's pages share: calling the control API, telling what came of it, tables.

export const byId = (id) => document.getElementById(id);

// The control API below a path: `read` shows, `control` does.
export function controls(path) {
  async function answered(response) {
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error);
    return answer;
  }
  return {
    read: async (what) => answered(await fetch(`${path}/${what}`)),
    control: async (verb, body = {}) => answered(await fetch(`${path}/${verb}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    })),
  };
}

export function say(text) {
  byId("message").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { byId("message").textContent = ""; }, 4000);
}

// Run something a person asked for, and tell that it is done or what went wrong. What is told may
// depend on what came of it.
export async function attempt(done, action) {
  try {
    const result = await action();
    say(typeof done === "function" ? done(result) : done);
  } catch (error) {
    say(error.message);
  }
}

export function element(tag, content = "", properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(content ?? "");
  return made;
}

export function fillTable(id, rows) {
  byId(id).replaceChildren(...rows.map(({ cells, failed }) => {
    const row = element("tr", "", { className: failed ? "failed" : "" });
    row.append(...cells.map((cell) => (
      cell instanceof Node ? element("td", cell) : element("td", String(cell ?? ""), { className: typeof cell === "number" ? "number" : "" })
    )));
    return row;
  }));
}

// Names of numbers, in a list of terms.
export function fillCounts(id, values) {
  byId(id).replaceChildren(...Object.entries(values).map(([name, value]) => {
    const pair = element("div");
    pair.append(element("dt", name), element("dd", typeof value === "number" ? value.toLocaleString("en") : value));
    return pair;
  }));
}

export function every(milliseconds, action) {
  setInterval(() => { if (!document.hidden) action(); }, milliseconds);
}
