// Whether whoever is signed in is there: what is for them alone comes to them only then, else their team hears it.

import * as api from "/api.js";
import { button } from "/words.js";

const LOOK = 60_000;
const STATES = [["on", "On duty"], ["busy", "With a client"], ["off", "Off duty"]];

export class Duty {
  #row;
  #me;
  #on;
  #held = {};
  #timer = null;

  // on: { failed(problem) }
  constructor(row, me, on) {
    [this.#row, this.#me, this.#on] = [row, me, on];
    this.#timer = setInterval(() => this.#read(), LOOK);
    this.#read();
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#row.hidden = true;
    this.#row.replaceChildren();
  }

  // A shift begins, a day ends, a device says otherwise.
  async #read() {
    try {
      const { sites } = await api.duty();
      if (this.#timer) this.#draw(sites);
    } catch {
      // It is asked again.
    }
  }

  async #say(site, status) {
    try {
      const { sites } = await api.onDuty({ site, status });
      if (!this.#timer) return;
      this.#draw({ ...this.#held, ...sites });
      this.#row.querySelector(`[data-site="${site}"] [aria-pressed="true"]`)?.focus({ preventScroll: true });
    } catch (problem) {
      this.#on.failed(problem);
    }
  }

  // What stands there already is left alone, for a hand or the focus may be on it.
  #draw(held) {
    if (!this.#row.hidden && JSON.stringify(held) === JSON.stringify(this.#held)) return;
    this.#held = held;
    this.#row.replaceChildren(...Object.entries(held).map(([site, held]) => this.#site(site, held)));
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
