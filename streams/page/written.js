// What a person writes on a card in words of their own, a note and another reason. It stays in its fields, whatever is
// opened over them, until it is sent or put aside; in no storage, for devices are shared.

import { make } from "/words.js";

// Bytes of a note, as the house keeps it: 400 letters of Latin, 133 of Japanese.
const LONGEST = 400;
const bytes = (text) => new TextEncoder().encode(text).length;

// Who may read a note: a tier, or none for what the house takes it to be.
const READERS = [
  ["Whoever serves them", ""],
  ["Any colleague", "1"],
  ["Their advisor only", "3"],
];

const field = (form) => form.querySelector("textarea, input");
const text = (form) => field(form).value.trim();

export class Written {
  #forms = new Map();
  #send;

  // send(verdict, body)
  constructor(send) {
    this.#send = send;
  }

  // The form of a note on somebody, or of another reason, as it was left.
  form(verdict, name) {
    if (!this.#forms.has(verdict)) this.#forms.set(verdict, verdict === "note" ? this.#note() : this.#reason());
    if (verdict === "note") this.about(name);
    return this.#forms.get(verdict);
  }

  about(name) {
    const note = this.#forms.get("note");
    if (note) field(note).setAttribute("aria-label", `Note on ${name}`);
  }

  // The forms that hold words.
  get forms() {
    return [...this.#forms.values()].filter(text);
  }

  get texts() {
    return this.forms.map(text);
  }

  // As they stand, and no further.
  close() {
    for (const form of this.forms) field(form).readOnly = true;
  }

  forget(verdict) {
    this.#forms.delete(verdict);
  }

  #note() {
    const form = make("form", "note");
    const said = make("textarea");
    Object.assign(said, { rows: 2, required: true, dir: "auto" });
    said.addEventListener("input", () => said.setCustomValidity(
      bytes(said.value.trim()) > LONGEST ? "This is longer than a note can be: say it in fewer words." : ""));
    const readers = make("select");
    readers.setAttribute("aria-label", "Who may read it");
    readers.append(...READERS.map(([label, tier]) => new Option(label, tier)));
    form.append(said, readers, make("button", "button second", "Keep the note"));
    return this.#sent(form, "note", (text) => (readers.value ? { text, tier: Number(readers.value) } : { text }));
  }

  #reason() {
    const form = make("form", "other");
    const said = make("input");
    Object.assign(said, { placeholder: "Another reason", maxLength: 200, required: true, dir: "auto" });
    said.setAttribute("aria-label", "Another reason");
    form.append(said, make("button", "button quiet", "Dismiss"));
    return this.#sent(form, "dismissed", (reason) => ({ reason }));
  }

  #sent(form, verdict, body) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (text(form) && !field(form).readOnly) this.#send(verdict, body(text(form)));
    });
    return form;
  }
}
