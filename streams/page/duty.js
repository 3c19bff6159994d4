// Whether whoever is signed in is there: what is for them alone comes to them only then, else their team hears it.

import * as api from "/api.js";
import { few } from "/sites.js";
import { button } from "/words.js";

const LOOK = 60_000;
const STATES = [["on", "On duty"], ["busy", "With a client"], ["off", "Off duty"]];

export class Duty {
  #row;
  #me;
  #on;
  #held = {};
  #here = [];
  #timer = null;
  #words = 0;

  // on: { failed(problem) }
  constructor(row, me, on) {
    [this.#row, this.#me, this.#on] = [row, me, on];
    this.#asked.oninput = () => this.#offer();
    this.#timer = setInterval(() => this.#read(), LOOK);
    this.#read();
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#row.hidden = true;
    this.#row.querySelector(".places").replaceChildren();
    this.#asked.value = "";
  }

  // A shift begins, a day ends, a device says otherwise.
  async #read() {
    const words = this.#words;
    try {
      const { sites } = await api.duty();
      if (!this.#timer || words !== this.#words) return; // it may be of before what was said meanwhile
      this.#here = Object.keys(sites).filter((site) => sites[site] !== "off");
      this.#draw(sites);
    } catch {
      // It is asked again.
    }
  }

  async #say(site, status) {
    this.#words += 1;
    try {
      const { sites } = await api.onDuty({ site, status });
      this.#words += 1;
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
    this.#row.hidden = Object.keys(held).length === 0;
    this.#offer();
  }

  // Where they were found comes first: what they say since moves nothing under their finger.
  #offer() {
    const sites = Object.keys(this.#held).map((site) => [site, this.#name(site)]);
    const first = (site) => this.#here.includes(site);
    const none = "None of your sites has that name.";
    const { many, shown, more } = few(sites, { asked: this.#asked.value, none, first });
    this.#row.querySelector(".places").replaceChildren(...shown.map(([site]) => this.#site(site, this.#held[site])));
    this.#row.querySelector("label").hidden = !many;
    this.#row.querySelector(".more").textContent = more;
  }

  get #asked() {
    return this.#row.querySelector("input");
  }

  #name(site) {
    return this.#me.sites[site] ?? site;
  }

  #site(site, held) {
    const group = document.createElement("div");
    group.className = "buttons";
    group.dataset.site = site;
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Are you at ${this.#name(site)}?`);
    const name = document.createElement("span");
    name.textContent = this.#name(site);
    group.append(name, ...STATES.map(([status, label]) => {
      const made = button(label, "quiet", () => this.#say(site, status));
      made.setAttribute("aria-pressed", String(status === held));
      return made;
    }));
    return group;
  }
}
