// What stands of a client, in words for whoever answers for their rights: who it is, what they allow, who has looked.

import * as api from "/api.js";
import { sheet } from "/profile.js";
import { ON, button, count, evidence, initial, instant, log, make, sayUnread, section } from "/words.js";

export const PURPOSES = {
  service: "Service", personalisation: "Personalisation", profiling: "Profiling", marketing: "Marketing",
  one_to_one: "One to one", sharing: "Sharing in the group", emotion: "Emotion",
};
const HOLDS = { all: "allowed", one_to_one: "allowed to a person only", none: "not allowed" };
const STATED = { all: "allowed", one_to_one: "allowed to a person only", none: "refused or withdrawn" };
const LOOKED = {
  record: "Opened the record", lookup: "Looked them up", alert: "Read a card about them", export: "Made an export",
  quality: "Looked at what wants repair", consent: "Read what they allow", why: "Asked why a card came, or did not",
  erasure: "Asked that they be erased", statement: "Entered what they said of consent",
};
const AS = {
  assigned: "as their own advisor", serving: "serving them", free: "while nobody was assigned", manager: "as manager",
  team: "on duty beside", house: "as anybody of the house", privacy: "for their rights", platform: "for the platform",
};
const TIERS = ["public manners", "service preferences", "the relationship", "intimate facts"];

// A section that reads itself; what could not be read can be asked for again.
export function reading(title, read) {
  const said = make("p", "said");
  said.setAttribute("role", "status");
  const found = make("div");
  found.tabIndex = -1;
  const look = async () => {
    said.textContent = "Reading \u2026";
    try {
      found.replaceChildren(...(await read()));
      said.textContent = "";
    } catch (problem) {
      sayUnread(said, problem);
      found.replaceChildren(button("Read it again", "choice", () => look().then(() => found.focus())));
    }
  };
  look();
  return section(title, said, found);
}

export function known(client, house) {
  const { length } = client.parts;
  const doubt = make("p", "doubt");
  doubt.setAttribute("role", "status");
  doubtful(client, doubt);
  const made = section(
    "Who this is",
    sheet(Promise.resolve({ ...client, unspoken: [] }), house, true),
    log(length === 1 ? "Known by one identifier" : `Known by ${length} identifiers, linked as one person`, [
      ...client.parts.map((part) => [`Reference ${part}`]),
      ["What each of them is, stands in the export."],
    ]),
    doubt,
  );
  made.tabIndex = -1;
  return made;
}

// What is asked of one of two records that are one person reaches half of them.
async function doubtful(client, line) {
  try {
    const { held, complete } = await api.held();
    const ours = held.some((pair) => pair.clients.some(({ id }) => client.parts.includes(id)));
    if (!ours && complete) return;
    const link = make("a", "", "Judge it first");
    link.href = "/records.html";
    const why = ours ? "Another record may be this person too." : "Many pairs of records wait, and one may be of this person.";
    line.append(`${why} `, link, ": what is done here does not reach it.");
  } catch {
    line.textContent = "Whether another record is this person too could not be read.";
  }
}

export async function allowed(client) {
  const { law, allows, ledger } = await api.consent(client.id);
  const newest = [...ledger].sort((a, b) => b.at.localeCompare(a.at));
  return [
    evidence(allows.map((one) => [what(one), [HOLDS[one.state] ?? one.state, ...because(one, law)]])),
    log(`The ledger: ${count(ledger.length, "statement")}`, newest.map((one) => [
      `${instant(one.at)}: ${what(one)}, ${STATED[one.state] ?? one.state}`, ...ways(one),
    ])),
  ];
}

function because({ why, since, expires }, law) {
  if (why === "stated") return [`stated on ${instant(since)}`, ...(expires ? [`until ${instant(expires)}`] : [])];
  return [...(why === "expired" ? ["what was stated is over"] : []), `as the law presumes (${law})`];
}

function ways({ wording, proof, source, recorded, expires, counts, unreadable }) {
  return [
    initial([wording && `wording ${wording}`, proof && `proof: ${proof}`, `told by ${source}`,
      `entered on ${instant(recorded)}`, expires && `until ${instant(expires)}`].filter(Boolean).join(" \u00b7 ")),
    ...(counts ? [] : ["It changed nothing: staff showed no proof."]),
    ...(unreadable ? ["Its wording and proof were sealed with a key that is destroyed."] : []),
  ];
}

export async function looks(id, house) {
  const { views, letters, complete } = await api.audit(id);
  const name = (staff) => house.people[staff] ?? staff;
  const people = [...new Set(views.map((one) => one.staff))];
  const theirs = (staff) => views.filter((one) => one.staff === staff);
  const entries = [
    ...views.map((one) => [one.at, `${name(one.staff)}, ${one.role}, ${AS[one.circle] ?? one.circle}`, seen(one)]),
    ...letters.map((one) => [one.at, `${name(one.by)}`, `Dead letter ${one.act}${one.why ? `: ${one.why}` : ""}`]),
  ].sort(([a], [b]) => b.localeCompare(a));
  return [
    evidence(people.map((staff) => [
      name(staff), [`${count(theirs(staff).length, "time")}, the last on ${instant(theirs(staff).at(-1).at)}`],
    ])),
    log(`The audit: ${count(entries.length, "entry", "entries")}`, entries.map(([at, ...texts]) => [instant(at), ...texts])),
    ...(complete ? [] : [make("p", "", "There may be older ones.")]),
  ];
}

function seen({ via, facts, tiers, case: file }) {
  const shown = facts.map((row) => (row === "*" ? "everything" : row.replace(/^facts\.|\.\*$/g, "").replace(/[._]/g, " ")));
  const upTo = tiers.length ? `, up to ${TIERS[Math.max(...tiers)]}` : "";
  return `${LOOKED[via] ?? initial(via)}${upTo}${shown.length ? `: ${shown.join(", ")}` : ""}${file && `, case ${file}`}`;
}

function what({ purpose, channel }) {
  const on = channel ? (ON[channel] ?? channel) : "";
  return (PURPOSES[purpose] ?? purpose) + (on && `, ${on[0].toLowerCase()}${on.slice(1)}`);
}
