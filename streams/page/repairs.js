// A record that wants repair: what is wrong with it, and for each thing a form that states what is right.

import * as api from "/api.js";
import { records } from "/profile.js";
import { button, evidence, initial, label, make, once, spoken, tell, unsaved } from "/words.js";

const NOUNS = {
  birth_date: "birth date", timezone: "time zone", language: "language", gender: "gender", name: "name",
  preferences: "preferences", email: "e-mail", phone: "telephone number",
};
const SAYS = {
  impossible_birth_date: () => ["The birth date cannot be right", "It is still to come, or more than 120 years ago."],
  impossible_timezone: () => ["The time zone cannot be right", "There is none of that name."],
  impossible_language: () => ["The language cannot be right", "There is none of that name."],
  contradiction: (noun) => [`Two systems disagree on the ${noun}`, "Nobody has checked which of them is right."],
  doubtful_identifier: (noun) => [`The ${noun} does not look like one`, "It may not reach the client."],
  incomplete_stay_history: (noun) => [`No ${noun} on file`, "They have stayed before, and come again."],
  duplicate: () => ["This may be the same client as another", "The pair waits for a manager's word."],
};
const WISHES = { pillow: "Pillow", temperature: "Room, in °C", floor: "Floor", room: "Room", wine: "Wine" };
const ZONES = Intl.supportedValuesOf("timeZone");
const TAGS = ("ar bg ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv th tr " +
  "uk vi yue zh").split(" ");

export class Flawed {
  constructor(one, house) {
    const nouns = new Set(one.wrong.map(({ kind, field }) => noun(kind, field)));
    const title = make("h3", "who", initial(inWords([...nouns])));
    title.id = `flawed-${one.id}`;
    this.element = make("article", "case");
    this.element.setAttribute("aria-labelledby", title.id);
    const ours = one.wrong.filter(({ kind }) => kind !== "duplicate");
    const repairs = ([client]) => this.element.append(...ours.map((wrong) => new Repair(wrong, client).form));
    this.element.append(
      title,
      make("p", "", `Seen on ${dated(one.since)} · ${scored(one.quality)}`),
      evidence(one.wrong.map(says).map(([what, why]) => [what, [why]])),
      records("Open the record", [one.id], house, repairs),
    );
  }
}

class Repair {
  #wrong;
  #client;

  constructor(wrong, client) {
    [this.#wrong, this.#client] = [wrong, client];
    this.form = make("form", "word");
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      once(this.form, () => this.#state(...this.#input()));
    });
    this.#ask();
  }

  #ask() {
    const { kind, field } = this.#wrong;
    this.form.replaceChildren(make("h4", "", says(this.#wrong)[0]));
    if (kind === "doubtful_identifier") return this.#vouch();
    const said = this.#said();
    const torn = kind === "contradiction";
    this.form.append(
      ...said.map(({ value, source, since }) => make("p", "", `On file: ${told(field, value)}, by ${source}, ${dated(since)}`)),
      ...(torn ? said.map((one) => this.#right(one)) : []),
      ...asked(field, torn ? "What else it is" : `What the ${NOUNS[field]} is`),
      make("button", "button second", "Repair"),
    );
    return undefined;
  }

  #right({ value }) {
    const { field } = this.#wrong;
    return button(`${told(field, value)} is right`, "choice", () => this.#state({ [field]: value }, told(field, value)));
  }

  // Nobody can read it here: what is on file is a mark that stands for it.
  #vouch() {
    const noun = NOUNS[this.#wrong.field];
    this.form.append(
      make("p", "", `Ask the client. If the ${noun} on file is wrong, have it put right where it was taken: it cannot be read here.`),
      button("It is right as it is", "second", () => this.#send({ right: [this.#wrong.field] }, `The ${noun} is right.`)),
    );
  }

  // What is believed and what lost to it, as far as this reader may see it.
  #said() {
    const known = this.#client.fields[this.#wrong.field];
    return known ? [known, ...known.lost] : [];
  }

  #input() {
    const { field } = this.#wrong;
    const [control, wish] = ["value", "wish"].map((name) => this.form.querySelector(`.${name}`));
    const text = control.value.trim();
    if (!wish) return [{ [field]: text }, told(field, text)];
    const value = wish.value === "temperature" ? Number(text) : text;
    return [{ preferences: { [wish.value]: value } }, `${wish.selectedOptions[0].text} ${text}`];
  }

  #state(fields, words) {
    return this.#send({ fields }, `${initial(NOUNS[this.#wrong.field])}: ${words}.`);
  }

  async #send(body, words) {
    try {
      await api.repair(this.#client.id, body);
    } catch (problem) {
      return tell(this.form, unsaved(problem));
    }
    const again = button("Say it otherwise", "choice", () => this.#ask());
    const here = [document.body, ...this.form.elements].includes(document.activeElement);
    this.form.replaceChildren(again);
    tell(this.form, `${words} Your word stands above what systems say; the record has it in a moment.`);
    if (here) again.focus(); // else they are at the next form already
    return undefined;
  }
}

// The fields of a form, by what is repaired.
function asked(field, words) {
  if (field !== "preferences") return [label(words, control(field))];
  const [wish, how] = [chosen("wish", WISHES), text()];
  how.step = "any";
  wish.addEventListener("change", () => (how.type = wish.value === "temperature" ? "number" : "text"));
  return [label("What they like", wish), label("How they like it", how)];
}

function control(field) {
  if (field === "language") return chosen("value", Object.fromEntries(TAGS.map((tag) => [tag, spoken(tag)])));
  if (field === "timezone") return chosen("value", Object.fromEntries(ZONES.map((zone) => [zone, zone])));
  const made = text();
  if (field === "birth_date") Object.assign(made, { type: "date", max: new Date().toISOString().slice(0, 10) });
  return made;
}

function text() {
  return Object.assign(make("input", "value"), { required: true, maxLength: 200, pattern: ".*\\S.*", autocomplete: "off", dir: "auto" });
}

function chosen(className, options) {
  const made = make("select", className);
  made.required = true;
  const sorted = Object.entries(options).sort(([, a], [, b]) => a.localeCompare(b));
  made.append(new Option("Choose", ""), ...sorted.map(([value, words]) => new Option(words, value)));
  return made;
}

const noun = (kind, field) => (kind === "duplicate" ? "another client" : (NOUNS[field] ?? field));
const says = ({ kind, field }) => (SAYS[kind] ?? ((what) => [`The ${what} wants repair`, ""]))(noun(kind, field));
const inWords = (nouns) => [nouns.slice(0, -1).join(", "), ...nouns.slice(-1)].filter(Boolean).join(" and ");

function told(field, value) {
  if (field === "birth_date") return dated(value);
  return field === "language" ? spoken(value) : String(value);
}

const scored = ({ completeness, validity, uniqueness, freshness }) =>
  Object.entries({ complete: completeness, valid: validity, undisputed: uniqueness, fresh: freshness })
    .filter(([, share]) => share !== undefined)
    .map(([what, share]) => `${Math.round(share * 100)} % ${what}`).join(" \u00b7 ");

const DATED = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
const dated = (at) => new Date(at).toLocaleDateString("en-GB", DATED);
