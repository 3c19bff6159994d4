// The words of a draft changed by whoever will say them: a text in the place of the words, until accepted.

const $ = (section, name) => section.querySelector(`.${name}`);

export class Editor {
  #section;
  #words;
  #meaning;
  #form;
  #text;
  #change;
  #draft = "";

  // section: the card's "Say"; accept(text) is called with the words as they stand
  constructor(section, accept) {
    this.#section = section;
    this.#words = $(section, "words");
    this.#meaning = $(section, "meaning");
    this.#form = $(section, "editor");
    this.#text = this.#form.querySelector("textarea");
    this.#change = $(section, "change");
    this.#change.addEventListener("click", () => (this.open ? this.close() : this.#start()));
    this.#text.addEventListener("input", () => this.#fit());
    $(section, "keep").addEventListener("click", () => this.#keep());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.#text.value.trim();
      if (text) accept(text);
    });
  }

  get open() {
    return !this.#form.hidden;
  }

  get focused() {
    return this.#section.contains(document.activeElement);
  }

  // The words that are being changed, where they say something else than the draft.
  get texts() {
    return this.open && this.#own && this.#text.value.trim() ? [this.#text.value.trim()] : [];
  }

  // What is being written is kept while the draft changes.
  // meaning: what the draft says in English, for whoever may not read it
  show(draft, language, meaning, name) {
    this.#section.hidden = !draft && !this.open;
    this.#words.textContent = draft ?? "";
    this.#meaning.textContent = `In English: ${meaning}`;
    this.#meaning.hidden = !meaning;
    this.#change.setAttribute("aria-label", `Change the words: ${name}`);
    this.#text.setAttribute("aria-label", `What to say to ${name}`);
    for (const element of [this.#words, this.#text]) {
      if (language) element.lang = language;
      else element.removeAttribute("lang");
    }
  }

  // Words can be changed as long as they can be accepted.
  allow(may) {
    this.#change.hidden = !may;
    if (!may) this.close(false);
  }

  close(refocus = true) {
    if (!this.open) return;
    this.#form.hidden = true;
    this.#words.hidden = false;
    this.#change.setAttribute("aria-expanded", "false");
    if (refocus) this.#change.focus();
  }

  forget() {
    this.#text.value = this.#draft = "";
    this.close(false);
  }

  get #own() {
    return this.#text.value !== this.#draft && this.#text.value.trim() !== this.#words.textContent;
  }

  #keep() {
    this.#text.value = this.#draft;
    this.close();
  }

  #start() {
    if (!this.#own) this.#text.value = this.#draft = this.#words.textContent;
    this.#text.dir = getComputedStyle(this.#words).direction;
    this.#words.hidden = true;
    this.#form.hidden = false;
    this.#change.setAttribute("aria-expanded", "true");
    this.#fit();
    this.#text.focus();
  }

  // As tall as what it holds.
  #fit() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
  }
}
