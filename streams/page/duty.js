// Whether whoever is signed in is there: what is for them alone comes to them only then, else their team hears it.

import * as api from "/api.js";
import { button } from "/words.js";

const STATES = [["on", "On duty"], ["busy", "With a client"], ["off", "Off duty"]];

export class Duty {
  #row;
  #me;
  #on;
  #held = {};

  // on: { failed(problem) }
  constructor(row, me, on) {
    [this.#row, this.#me, this.#on] = [row, me, on];
    this.#read();
  }

  close() {
    this.#row.hidden = true;
    this.#row.replaceChildren();
  }

  async #read() {
    try {
      this.#held = (await api.duty()).sites;
      this.#draw();
    } catch {
      this.close(); // a screen that several people share is never on duty
    }
  }

  async #say(site, status) {
    try {
      this.#held = { ...this.#held, ...(await api.onDuty({ site, status })).sites };
      this.#draw();
      this.#row.querySelector(`[data-site="${site}"] [aria-pressed="true"]`)?.focus({ preventScroll: true });
    } catch (problem) {
      this.#on.failed(problem);
    }
  }

  #draw() {
    this.#row.replaceChildren(...Object.entries(this.#held).map(([site, held]) => this.#site(site, held)));
    this.#row.hidden = this.#row.childElementCount === 0;
  }

  #site(site, held) {
    const group = document.createElement("div");
    group.className = "buttons";
    group.dataset.site = site;
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Are you at ${this.#me.sites[site] ?? site}?`);
    const name = document.createElement("span");
    name.textContent = this.#me.sites[site] ?? site;
    group.append(name, ...STATES.map(([status, label]) => {
      const made = button(label, "quiet", () => this.#say(site, status));
      made.setAttribute("aria-pressed", String(status === held));
      return made;
    }));
    return group;
  }
}
