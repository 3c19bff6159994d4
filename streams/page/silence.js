// The kill switch: what is silenced stands above the cards; one tap silences a site, one tap undoes it.

import * as api from "/api.js";
import { few } from "/sites.js";
import { button, clock } from "/words.js";

const LOOK = 5_000;
const TAPPED = "tapped on the console";

export class Switch {
  #me;
  #house;
  #on;
  #timer = null;
  #looking = null;
  #drawn = null;
  #offered = [];

  // on: { failed(problem) }
  constructor(me, house, on) {
    [this.#me, this.#house, this.#on] = [me, house, on];
    this.#asked.oninput = () => this.#offer();
    this.#timer = setInterval(() => this.look(), LOOK);
    this.look();
  }

  close() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#draw([]);
    this.#asked.value = "";
    document.getElementById("switch").hidden = true;
  }

  // Nothing of a site, or of an action there, is shown to anybody.
  silence(scope) {
    return this.#say(scope, false);
  }

  // Questions that nobody answers do not pile up: a browser opens few connections, and the feed wants one.
  look() {
    this.#looking ??= this.#read().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #read() {
    try {
      const { silences } = await api.silences();
      if (this.#timer) this.#draw(silences);
    } catch {
      // What the page shows is decided elsewhere: it only says so a moment later.
    }
  }

  async #say(scope, lift) {
    try {
      await api.silence({ ...scope, why: TAPPED, lift });
      await this.#looking; // may have been answered before
      await this.look();
    } catch (problem) {
      this.#on.failed(problem);
    }
  }

  // What stands there already is left alone: drawn anew, it would be read aloud at each look and lose the focus.
  #draw(silences) {
    const lines = silences.map((one) => this.#line(one));
    const banner = document.getElementById("silences");
    const whole = new Set(silences.filter((one) => !one.action && !one.shadow).map((one) => one.site));
    const quiet = (site) => whole.has(null) || whole.has(site);
    const muted = new Set(silences.filter((one) => !one.action).map((one) => one.site));
    const mute = muted.has(null) || (muted.size > 0 && Object.keys(this.#me.sites).every((site) => muted.has(site)));
    document.getElementById("desk").classList.toggle("mute", mute);
    this.#offered = Object.entries(this.#me.sites).filter(([site]) => this.#switches && !quiet(site));
    const row = document.getElementById("switch");
    const drawn = [...lines.map((line) => line.innerHTML), ...this.#offered].join();
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const at = document.activeElement;
    const held = at !== this.#asked && [banner, row].some((one) => one.contains(at));
    banner.replaceChildren(...lines);
    banner.hidden = lines.length === 0;
    row.hidden = this.#offered.length === 0;
    this.#offer();
    if (held) (lines.length ? banner : document.getElementById("greeting")).focus({ preventScroll: true });
  }

  #offer() {
    const none = "None of that name is left to silence.";
    const { many, shown, more } = few(this.#offered, { asked: this.#asked.value, none });
    const buttons = shown.map(([site, name]) => button(`Silence ${name}`, "quiet", () => this.silence({ site })));
    if (this.#me.everywhere && this.#offered.length > 1)
      buttons.push(button(`Silence all of ${this.#me.maison}`, "quiet", () => this.silence({})));
    const row = document.getElementById("switch");
    row.querySelector(".buttons").replaceChildren(...buttons);
    row.querySelector("label").hidden = !many;
    row.querySelector(".more").textContent = more;
  }

  get #asked() {
    return document.querySelector("#switch input");
  }

  #line(one) {
    const line = document.createElement("p");
    const text = document.createElement("span");
    text.textContent = this.#sentence(one);
    line.append(text);
    const scope = { ...(one.site && { site: one.site }), ...(one.action && { action: one.action }) };
    if (!one.shadow && this.#mayLift(one)) line.append(button("Undo", "quiet", () => this.#say(scope, true)));
    return line;
  }

  #sentence(one) {
    const where = one.site ? (this.#me.sites[one.site] ?? one.site) : this.#me.maison;
    const what = one.action ? `${one.action.replaceAll("_", " ")} at ${where}` : where;
    if (one.shadow) return `In shadow: ${what}. What is decided is counted and shown to nobody.`;
    const zone = this.#house.zones[one.site];
    const now = this.#house.now();
    const until = one.until ? ` until ${clock(Date.parse(one.until), zone, now)}` : "";
    const by = this.#house.people[one.by] ?? one.by;
    return `Silenced${until}: ${what}. Nothing of it is shown. ${by}, ${clock(Date.parse(one.since), zone, now)}: ${one.why}`;
  }

  get #switches() {
    return this.#me.role === "manager";
  }

  #mayLift(one) {
    return this.#switches && (this.#me.everywhere || one.site in this.#me.sites);
  }
}
