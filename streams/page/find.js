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

// Two fields and a button: what they give, and as they say it.
export class Question {
  form = make("form", "asked");
  #kinds;
  #kind = make("select");
  #text = make("input");

  // then(who): whom it names, as a look-up takes it; more: kinds beyond those that are asked everywhere
  constructor(then, more = []) {
    this.#kinds = [...KINDS, ...more];
    this.#kind.append(...this.#kinds.map(([kind, label]) => new Option(label, kind)));
    this.#kind.addEventListener("change", () => this.#expect());
    const plain = { autocomplete: "off", spellcheck: false, enterKeyHint: "search" };
    Object.assign(this.#text, { required: true, maxLength: 256, ...plain });
    const find = make("button", "button second", "Look up");
    this.form.append(label("What they give", this.#kind), label("As they say it", this.#text), find);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      then({ [this.#kind.value]: this.#text.value.trim() });
    });
    this.#expect();
  }

  focus() {
    this.#text.focus();
  }

  clear() {
    this.#text.value = "";
  }

  #expect() {
    const [, , inputMode, pattern = ".*\\S.*", title = ""] = this.#kinds.find(([kind]) => kind === this.#kind.value);
    Object.assign(this.#text, { inputMode, pattern, title });
  }
}

export class Finder {
  #opener;
  #section;
  #found = make("div", "found");
  #where = make("select");
  #question;

  // opener: the button; section: what it opens; house(): who looks, at which of their sites (`at`, that may be changed)
  constructor(opener, section, house) {
    [this.#opener, this.#section] = [opener, section];
    this.#question = new Question((who) => {
      this.#found.replaceChildren(sheet(api.lookup(who, house().at), house(), true));
    });
    this.#question.form.prepend(label("Where they are", this.#where));
    this.#where.addEventListener("change", () => {
      house().at = this.#where.value;
      this.#found.replaceChildren(); // what was read there is not for here
    });
    section.append(
      this.#question.form,
      make("p", "", "Whom you look up is written in the audit, with your name."),
      this.#found,
    );
    opener.addEventListener("click", () => (section.hidden ? this.#open(house()) : this.close()));
    section.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.close();
      opener.focus();
    });
  }

  close() {
    this.#section.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
    this.#question.clear();
    this.#found.replaceChildren();
  }

  // What may be told at a hotel is another thing than in a boutique: whoever works at several says where.
  #open({ sites, at }) {
    const places = Object.entries(sites);
    this.#where.replaceChildren(...places.map(([id, name]) => new Option(name, id, false, id === at)));
    this.#where.parentElement.hidden = places.length < 2;
    this.#section.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.#question.focus();
  }
}
