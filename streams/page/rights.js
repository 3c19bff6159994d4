// What a client may ask for: an export of all that is held, and to be forgotten, with a receipt.

import * as api from "/api.js";
import { LIKE, reference } from "/entering.js";
import { KINDS, answered, button, count, evidence, initial, instant, label, log, make, section, tell, unread } from "/words.js";

const GOES = [
  "The record: profile, notes, licences, what was learned, segments, and whatever was due.",
  "Open cards about them, on every screen.",
  "The keys of all their identifiers: what they said can be read by nobody any more, in no log, inbox, ledger or backup.",
];
const STAYS = [
  ["Their reference, and when they were erased", ["so that their next visit or click begins no new record"]],
  ["That they stated a consent, of what and when", ["so that the house can show what it obeyed; wording and proof go"]],
  ["Who has looked, by reference, for three years", ["so that the house can answer for its people"]],
  ["Articles and times in the logs, until these end", ["nothing leads from them to a name"]],
  ["What other systems of the house keep", ["have it erased there too; what they still send of this client is dropped"]],
];

export function exporting(client) {
  const found = make("div", "word");
  found.tabIndex = -1;
  found.append(
    button("Make the export", "second", async () => {
      tell(found, "Reading the record and the logs. In a large house it takes minutes \u2026");
      try {
        const held = await api.exported(client.id);
        found.replaceChildren(evidence(holds(held)), ...savers(client.id, held, found));
        tell(found, `Made on ${instant(held.made_at)}, of the record and of the logs as far back as they go. Save it:`);
        found.focus();
      } catch (problem) {
        tell(found, `${unread(problem)} Nothing was made.`);
      }
    }),
  );
  return section(
    "An export",
    make("p", "", "All that the house holds of them, with who said it and what it serves. Whoever has the file can read it."),
    found,
  );
}

function holds(held) {
  const of = (entries, one, more = "") => [entries.length ? `${count(entries.length, one)}${more}` : "nothing"];
  return [
    ["Known by", held.identifiers.map(({ kind, value }) => `${KINDS[kind] ?? kind} ${value}`)],
    ["What was stated", of(Object.keys(held.profile), "field", ", with who said each and what lost to it")],
    ["What was learned", of(Object.keys(held.features), "feature")],
    ["What they allow", of(held.consents, "statement", ", with wording and proof")],
    ["Who has looked", of(held.recipients, "look")],
    ["What staff were told", of(held.alerts, "card", ", with the reasons")],
    ["What happened", of(held.events, "event")],
    ["What unknown sources told, and waits", of(held.waiting, "event")],
  ];
}

function savers(oid, held, found) {
  const name = `export-${oid}-${held.made_at.slice(0, 10)}`;
  return [
    button("For the client, a page in their language", "second", async () => {
      tell(found, "Making the page \u2026");
      try {
        tell(found, save(await api.exportedPage(oid), `${name}.html`));
      } catch (problem) {
        tell(found, unread(problem));
      }
    }),
    button("For machines, JSON", "second", () => tell(found, save(json(held), `${name}.json`))),
  ];
}

// Forgets a client once a word is typed: an Enter alone, or a single press, does nothing.
// erase(heard, file): returns when the receipt is there; heard: told each time the house was not through and is asked
// again; file: the case reference, if one was given
export function erasing(client, erase) {
  const form = make("form", "word");
  const [word, file] = [make("input"), reference(LIKE)];
  const typed = { required: true, pattern: "\\s*[Ee][Rr][Aa][Ss][Ee]\\s*", title: "the word erase", autocomplete: "off" };
  Object.assign(word, { ...typed, spellcheck: false, autocapitalize: "off" });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(
    label("Case reference, if there is one", file),
    label(`To forget ${client.profile.name ?? "this client"} for good, type the word erase`, word),
    button("Erase", "first", () => form.reportValidity() && asked(form, (heard) => erase(heard, file.value.trim()))),
  );
  const goes = make("ul", "goes");
  goes.append(...GOES.map((text) => make("li", "", text)));
  return section(
    "Erasure", make("h3", "", "What goes"), goes, make("h3", "", "What stays, and why"), evidence(STAYS),
    make("p", "", "It cannot be undone. Save an export first if they asked for one: afterwards there is none to make."),
    form,
  );
}

// Of somebody erased before: asked again, nothing is done twice.
export function receiptAgain(erase) {
  const found = make("div", "word");
  found.append(button("Ask for the receipt", "second", () => asked(found, erase)));
  return section("The receipt of an erasure", make("p", "", "If they were erased, the house signs for it again."), found);
}

async function asked(form, erase) {
  let times = 1;
  tell(form, "Asked. Leave this page open: the receipt comes here \u2026");
  try {
    await erase(() => tell(form, `Not through yet, asked ${(times += 1)} times. Leave this page open \u2026`));
  } catch (problem) {
    tell(form, refused(problem));
  }
}

function refused({ status, message }) {
  if (status && status !== 503) return answered({ status, message });
  const why = status ? message : "The house was not reached, and may have begun all the same.";
  return `${why} Press again until the receipt is here: nothing is done twice.`;
}

// The proof that can be kept. It says of nobody who they were.
export function receipt(erasure, house, saved) {
  const keep = make("div", "word");
  keep.append(
    button("Save the receipt", "first", () => {
      tell(keep, save(json(erasure), `receipt-${erasure.client}-${erasure.done_at.slice(0, 10)}.json`));
      saved();
    }),
  );
  tell(keep, "Save it: it is the proof, signed by the house, and says of nobody who they were.");
  const made = section(
    "Erased",
    evidence([
      ["Reference", [erasure.client]],
      ["Case", erasure.case ? [erasure.case] : []],
      ["Asked for", [`by ${house.people[erasure.asked_by] ?? erasure.asked_by}`, instant(erasure.asked_at)]],
      ["Done", [instant(erasure.done_at)]],
    ]),
    log("Where it reached", erasure.erased.map(({ where, what }) => [`${initial(where)}: ${what}`])),
    log(`All that was linked: ${count(erasure.parts.length, "reference")}`, erasure.parts.map((part) => [part])),
    keep,
  );
  made.tabIndex = -1;
  return made;
}

const json = (body) => new Blob([JSON.stringify(body, null, 2)], { type: "application/json" });

// What to say of a file that the browser was handed.
function save(blob, name) {
  const link = Object.assign(make("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return `${name} is among your downloads.`;
}
