// What a client said by letter or telephone, entered for them: a refusal always, a yes with its evidence.

import * as api from "/api.js";
import { PURPOSES } from "/dossier.js";
import { ON, button, label, make, section, tell, unsaved } from "/words.js";

const SAID = {
  none: "They refuse it, or take it back", all: "They allow it", one_to_one: "They allow it to a person only",
};
const DONE = { none: "refused", all: "allowed", one_to_one: "allowed to a person only" };
const CASE = { pattern: "\\s*[A-Z]{1,6}-?[0-9]{1,7}(-[0-9]{1,6})?\\s*", placeholder: "DPO-2026-118", maxLength: 24 };

export const reference = (title) => {
  const asked = make("input");
  Object.assign(asked, CASE, { title, autocomplete: "off", spellcheck: false, autocapitalize: "characters" });
  return asked;
};
export const LIKE = "capital letters, then digits, such as DPO-2026-118; no name, address or number of the client";

// hour: that of the house; then(): what they allow is to be read again
export function entering(client, hour, then) {
  const form = make("form", "word");
  const purpose = chosen([["", "Choose one"], ...Object.entries(PURPOSES)]);
  const state = chosen(Object.entries(SAID));
  const channel = chosen([["", "All"], ...Object.entries(ON)]);
  const [file, wording, day] = [reference(LIKE), make("input"), make("input")];
  purpose.required = day.required = true;
  Object.assign(wording, { maxLength: 256, autocomplete: "off", spellcheck: false });
  Object.assign(day, { type: "date", value: today(hour), max: today(hour), min: "1970-01-02" });
  state.addEventListener("change", () => {
    file.required = state.value !== "none";
  });
  let opened = day.value;
  form.addEventListener("focusin", () => { // a page that was left open overnight says another day than is meant
    day.max = today(hour);
    if (day.value === opened) day.value = opened = day.max;
  });
  const body = () => ({
    purpose: purpose.value,
    state: state.value,
    ...(channel.value && { channel: channel.value }),
    ...(file.value.trim() && { case: file.value.trim() }),
    ...(wording.value.trim() && { wording: wording.value.trim() }),
    at: day.value === today(hour) ? new Date(hour.now()).toISOString() : day.value,
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.append(
    label("What it is about", purpose),
    label("What they say", state),
    label("On which channel", channel),
    label("Case reference, where the letter or the note of the call is", file),
    label("Version of the wording they had before them", wording),
    label("When they said it", day),
    button("Enter it", "second", () => form.reportValidity() && enter(form, client.id, body(), then)),
  );
  return section(
    "By letter or telephone",
    make("p", "", "A refusal is taken as it stands, and obeyed at once. A yes wants a case reference, and never undoes what "
      + "they refused later. It is in the ledger, with your name."),
    form,
  );
}

async function enter(form, oid, body, then) {
  try {
    const { holds } = await api.enter(oid, body);
    const said = `Entered: ${PURPOSES[body.purpose]}, ${DONE[body.state]}.`;
    tell(form, holds ? said : `${said} It changes nothing, for they said otherwise since.`);
    then();
  } catch (problem) {
    tell(form, unsaved(problem));
  }
}

function chosen(options) {
  const made = make("select");
  made.append(...options.map(([value, text]) => new Option(text, value)));
  return made;
}

function today(hour) {
  const now = new Date(hour.now());
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
