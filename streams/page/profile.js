// What the house knows of a client, as far as this reader may know it here: what may be said, and what stays unsaid.

import * as api from "/api.js";
import { button, clock, day, initial, make, sayUnread, spoken, unsaved } from "/words.js";

const COUNTRIES = new Intl.DisplayNames("en", { type: "region" });
const ELSEWHERE = ["language", "sizes", "name", "advisor", "gender", "timezone", "email", "phone"];
const LABELS = { birth_date: "Birthday", residences: "Lives in" };
const OPEN = ["proposed", "accepted"];

// A sheet that fills itself from a promise of a client; `named` where nothing else says who it is of.
// Each look is in the audit, so nothing is read before somebody asks.
export function sheet(reading, house, named = false) {
  const made = make("div", "profile", "Reading \u2026");
  made.setAttribute("aria-live", "polite");
  reading
    .then((client) => made.replaceChildren(...(named ? [whose(client)] : []), ...parts(client, house)))
    .catch((problem) => sayUnread(made, problem));
  return made;
}

// What was considered of a client lately, a sentence each; like any look it is in the audit, so it is asked for.
export function decided(oid, site, house) {
  const made = make("div", "decided");
  made.setAttribute("aria-live", "polite");
  made.append(button("Why this, and why nothing else?", "quiet", async () => {
    try {
      const told = (await api.why(oid, site)).decisions.filter(({ candidates }) => candidates.length);
      const lines = told.map((one) => make("p", "", `${when(one.at, site, house)}: ${one.sentence}`));
      made.replaceChildren(make("h4", "", "Decided lately"), ...(lines.length ? lines : [make("p", "", "Nothing was considered.")]));
    } catch (problem) {
      sayUnread(made, problem);
    }
  }));
  return made;
}

function when(text, site, house) {
  const [at, zone] = [Date.parse(text), house.zones[site]];
  return `${day(at, zone)}, ${clock(at, zone)}`;
}

// A button that opens the records of these clients side by side; `then` is told of them once all are read.
export function records(label, ids, house, then = () => undefined) {
  const made = make("div", "opened");
  const sheets = make("div", "both");
  sheets.tabIndex = -1;
  const open = button(label, "second", async () => {
    const reading = ids.map((id) => api.client(id, house.at));
    sheets.replaceChildren(...reading.map((one) => sheet(one, house, true)));
    const read = await Promise.all(reading).catch(() => null);
    if (!read) return;
    open.hidden = true;
    sheets.focus();
    then(read);
  });
  made.append(sheets, open);
  return made;
}

function parts(client, house) {
  const rows = [...stated(client.profile, house), ...lived(client, house), ...noted(client.features, house)];
  const told = rows.filter(([, , text]) => text);
  const secret = (fact) => client.unspoken.includes(fact);
  return [
    ...table("", told.filter(([fact]) => !secret(fact))),
    ...table("For you to know, and not to mention", told.filter(([fact]) => secret(fact))),
    ...unwanted(client, house),
    ...(told.length ? [] : [make("p", "", "Nothing is known yet.")]),
    ...(client.masked.length ? [make("p", "withheld", "There may be more, which is for others to know.")] : []),
  ];
}

// What somebody asked never to propose for them; whoever looks after them may lift it.
function unwanted({ id, features }, house) {
  const never = features.attention?.never ?? [];
  return never.length ? [make("h4", "", "Never proposed"), ...never.map((action) => wish(id, action, house))] : [];
}

function wish(id, action, house) {
  const name = initial(action.replaceAll("_", " "));
  const [said, failed] = [make("p", "", `${name} `), make("span")];
  said.tabIndex = -1;
  if (house.notes) said.append(button("May be proposed again", "quiet", async () => {
    try {
      await api.lift(id, action);
      said.textContent = `${name}: may be proposed again`;
      said.focus();
    } catch (problem) {
      failed.textContent = ` ${unsaved(problem)}`;
    }
  }), failed);
  return said;
}

const whose = ({ profile }) => make("h4", "whose", profile.name ?? "A client whose name is not known");

function table(title, rows) {
  if (!rows.length) return [];
  const list = make("dl");
  for (const [, label, text] of rows) list.append(make("dt", "", label), Object.assign(make("dd", "", text), { dir: "auto" }));
  return title ? [make("h4", "", title), list] : [list];
}

// Rows of [fact, label, text].
function stated(profile, house) {
  const sizes = Object.entries(profile).filter(([field]) => field.startsWith("sizes."));
  const others = Object.entries(profile).filter(([field]) => !ELSEWHERE.includes(field.split(".")[0]));
  return [
    ["language", "Speaks", profile.language && spoken(profile.language)],
    ["advisor", "Advisor", profile.advisor && (house.people[profile.advisor] ?? profile.advisor)],
    [sizes[0]?.[0], "Sizes", list(sizes.map(([field, size]) => `${bare(field)} ${said("", size)}`))],
    ...others.map(([field, value]) => [field, LABELS[field] ?? initial(bare(field).replaceAll("_", " ")), said(field, value)]),
  ];
}

function lived({ facts, features }, house) {
  const { recency = {}, orders = {}, relation = {}, appointments = {}, session = {} } = features;
  const article = (sku) => house.articles[sku] ?? sku;
  const last = orders.last;
  return [
    ["facts.visits", "Came", often(facts.visits, "visit", recency.visit_days)],
    ["facts.purchases", "Bought", often(facts.purchases, "order", recency.purchase_days)],
    ["orders.last", "Last bought", last?.sku && article(last.sku) + (last.back ? ", brought back" : "")],
    ["facts.stays", "Stayed", often(facts.stays, "stay")],
    ["relation.met", "Has met", list(Object.keys(relation.met ?? {}).map((staff) => house.people[staff] ?? staff))],
    ["appointments.known", "Promised", list((appointments.known ?? []).filter((one) => OPEN.includes(one.status)).map(
      (one) => `${one.kind}, ${at(one, house)}, ${one.status}`))],
    ["session.cart", "In the cart", list((session.cart ?? []).map(article))],
  ];
}

function noted({ notes = {} }, house) {
  return Object.entries(notes).flatMap(([tier, kept]) => kept.map((note) => [
    `notes.${tier}`, "Note", `${note.text} (${house.people[note.by] ?? note.by}, ${day(note.at * 1000)})`,
  ]));
}

function said(field, value) {
  if (field === "preferences.temperature") return `${value} \u00b0C`;
  if (field === "birth_date") return day(Date.parse(value), "UTC");
  if (field === "country") return COUNTRIES.of(value);
  if (field === "deceased" && !value) return ""; // it was said in error
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return list(value.filter(given).map((one) => said("", one)));
  if (typeof value !== "object") return String(value);
  return list(Object.entries(value).filter(([, one]) => given(one)).map(([what, one]) => `${what} ${said("", one)}`));
}

// A system may send a null within what it states.
const given = (value) => value !== null;

function often(count, one, days) {
  const ago = days === undefined || days === null ? "" : `, the last ${since(days)} ago`;
  return count ? `${count} ${one}${count === 1 ? "" : "s"}${ago}` : "";
}

function at(one, house) {
  const [moment, zone] = [one.at * 1000, house.zones[one.site]];
  return `${day(moment, zone)}, ${clock(moment, zone)}`;
}

const bare = (field) => field.slice(field.indexOf(".") + 1);
const since = (days) => (days < 1 ? "less than a day" : days < 1.5 ? "a day" : `${Math.round(days)} days`);
const list = (texts) => texts.join(" \u00b7 ");
