// What experiments have found, read once a minute: rates with intervals that hold whenever one looks.

import * as api from "/api.js";
import { initial, sayUnread } from "/words.js";

const AGAIN = 60_000;
const VERDICTS = {
  control: "as today",
  running: "nothing is sure yet",
  better: "better",
  worse: "worse: rolled back",
  rolled_back: "rolled back",
};
const HARMS = ["dismissed", "complained", "vetoed"];

async function look() {
  const said = document.getElementById("said");
  try {
    const { experiments } = await api.experiments();
    document.getElementById("found").replaceChildren(...experiments.map(section));
    said.textContent = experiments.length ? "" : "Nothing is being tried out.";
  } catch (problem) {
    if (problem.status) sayUnread(said, problem);
    else said.textContent = "This could not be read. It is tried again.";
  }
}

function section(one) {
  const made = document.createElement("section");
  const title = document.createElement("h2");
  title.textContent = one.name;
  const what = document.createElement("p");
  const within = one.measure === "accepted" ? "accepted by staff" : `the client ${one.measure} within ${one.days} days`;
  what.textContent = `${initial(one.action.replaceAll("_", " "))}: ${within}. A difference is told wrongly in at most ${percent(one.alpha)} of all experiments, however often one looks.`;
  const table = document.createElement("table");
  const heads = ["Arm", "Clients", one.measure, ...HARMS, "So far"].map(initial);
  table.append(row("th", heads), ...one.arms.map((arm) => line(one, arm)));
  made.append(title, what, ...(one.uneven ? [warning(one)] : []), table);
  return made;
}

function warning(one) {
  const said = document.createElement("p");
  said.className = "warning";
  const going = one.arms.filter((arm) => arm.clients !== null);
  const shared = going.reduce((sum, arm) => sum + arm.share, 0);
  const counted = going.map((arm) => `${arm.name} ${arm.clients} (${percent(arm.share / shared)} were to be)`).join(", ");
  said.textContent = `Nothing below holds: something beside chance picks who is in which arm. Clients of the newest whole window: ${counted}.`;
  return said;
}

function line(one, arm) {
  const verdict = VERDICTS[arm.verdict] ?? `${arm.verdict} too often: rolled back`;
  return row("td", [arm.name, percent(arm.share), ...[one.measure, ...HARMS].map((m) => told(arm.rates[m])), verdict]);
}

function told(rate) {
  if (rate.rate === null) return "none yet";
  return `${percent(rate.rate)} of ${rate.n} (${percent(rate.low)} to ${percent(rate.high)})`;
}

function row(kind, cells) {
  const made = document.createElement("tr");
  for (const text of cells) {
    const cell = document.createElement(kind);
    cell.textContent = text;
    made.append(cell);
  }
  return made;
}

const percent = (share) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

look();
setInterval(look, AGAIN);
