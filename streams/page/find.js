// A client found by what they say. What is typed goes into one request's body, and leaves with the panel.

import * as api from "/api.js";
import { sheet } from "/profile.js";
import { label, make } from "/words.js";

const KINDS = [
  ["card", "Client card", "text"],
  ["email", "E-mail", "email"],
  ["phone", "Telephone, with the country code", "tel"],
  ["client_id", "Client number", "text"],
  ["loyalty_id", "Loyalty number", "text"],
  ["guest_id", "Guest number of the hotel", "text"],
];

export class Finder {
  #opener;
  #section;
  #kind = make("select");
  #text = make("input");
  #found = make("div", "found");

  // opener: the button; section: what it opens; house(): who looks, and where
  constructor(opener, section, house) {
    [this.#opener, this.#section] = [opener, section];
    this.#kind.append(...KINDS.map(([kind, label]) => new Option(label, kind)));
    this.#kind.addEventListener("change", () => this.#expect());
    const plain = { autocomplete: "off", spellcheck: false, enterKeyHint: "search" };
    Object.assign(this.#text, { required: true, maxLength: 256, ...plain });
    const form = make("form", "asked");
    const find = make("button", "button second", "Look up");
    form.append(label("What they give", this.#kind), label("As they say it", this.#text), find);
    section.append(form, make("p", "", "Whom you look up is written in the audit, with your name."), this.#found);
    opener.addEventListener("click", () => (section.hidden ? this.#open() : this.close()));
    section.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.close();
      opener.focus();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const who = { [this.#kind.value]: this.#text.value.trim() };
      this.#found.replaceChildren(sheet(api.lookup(who, house().at), house(), true));
    });
  }

  close() {
    this.#section.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
    this.#text.value = "";
    this.#found.replaceChildren();
  }

  #open() {
    this.#section.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.#expect();
    this.#text.focus();
  }

  #expect() {
    this.#text.inputMode = KINDS.find(([kind]) => kind === this.#kind.value)[2];
  }
}
