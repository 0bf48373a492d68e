// The calls page: how the next calls go, and those there were.

import { attempt, byId, controls, every, fillTable } from "/control/common.js";

const REFRESH_MS = 1000;
const { read, control } = controls("/calls/control");

byId("plan").addEventListener("submit", (event) => {
  event.preventDefault();
  const data = new FormData(event.target);
  attempt("Saved.", () => control("plan", {
    outcome: data.get("outcome"),
    duration_seconds: Number(data.get("duration_seconds")),
    pace_seconds: Number(data.get("pace_seconds")),
  }));
});

async function refresh() {
  const calls = await read("calls");
  fillTable("calls", calls.map((call) => ({
    failed: call.status === "failed",
    cells: [
      call.id, call.seller, call.prospect, call.status,
      call.reports.map(({ status, answered }) => `${status}: ${answered || "no answer"}`).join(", "),
    ],
  })));
}

async function start() {
  for (const [name, value] of Object.entries(await read("plan"))) byId("plan").elements[name].value = value;
  await refresh();
  every(REFRESH_MS, refresh);
}

start();
