// One card: built once, then kept true to its alert without losing focus or place.

import { client } from "/api.js";
import { Editor } from "/editor.js";
import { sheet } from "/profile.js";
import { rest } from "/rest.js";
import { clock, countdown, how, inOneLine, make, share, tomorrowMorning } from "/words.js";

const REASONS = ["Already looked after", "Not the right moment", "Not right for this client", "Client declined"];
const SNOOZES = [
  ["15 minutes", (now) => new Date(now + 15 * 60_000)],
  ["1 hour", (now) => new Date(now + 60 * 60_000)],
  ["Tomorrow morning", (now) => tomorrowMorning(now)],
];

// Bytes of a note, as the house keeps it: 400 letters of Latin, 133 of Japanese.
const LONGEST = 400;
const bytes = (text) => new TextEncoder().encode(text).length;

// Who may read a note: a tier, or none for what the house takes it to be.
const READERS = [
  ["Whoever serves them", ""],
  ["Any colleague", "1"],
  ["Their advisor only", "3"],
];

export class Card {
  #parts = {};
  #acts = null;
  #editor = null;
  #updated = null;

  // house: { me, people, teams, articles, zones, now() }; act(id, verdict, body) resolves when it is settled
  constructor(alert, house, act) {
    this.house = house;
    this.act = act;
    this.slot = document.getElementById("card-template").content.firstElementChild.cloneNode(true);
    this.element = this.slot.firstElementChild;
    for (const name of ["left", "mark", "for", "who", "title", "how", "why", "count", "unit", "say", "show", "avoid",
      "acts", "panel"]) {
      this.#parts[name] = this.slot.querySelector(`.${name}`);
    }
    this.#editor = new Editor(this.#parts.say, (text) =>
      text === this.alert.say ? this.#decide("accepted") : this.#decide("edited", { text }));
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape());
    this.update(alert);
  }

  get place() {
    const { status, claimed_by: holder, snoozed_until: until, urgency } = this.alert;
    if (holder && holder !== this.house.me) return "others";
    if (status === "snoozed" && Date.parse(until) > this.house.now()) return "later";
    if (this.alert.contact) return "book";
    return urgency >= 4 ? "now" : "next";
  }

  get expired() {
    const { claimed_by: holder, valid_to: end, allowed_to: lapse } = this.alert, now = this.house.now();
    return (!holder && Date.parse(end) <= now) || (lapse !== null && Date.parse(lapse) <= now);
  }

  get name() {
    return this.alert.client.name ?? "Visitor";
  }

  update(alert, quietly = true) {
    this.alert = alert;
    const parts = this.#parts;
    const within = !alert.client.name || alert.title.includes(alert.client.name);
    parts.who.textContent = within ? alert.title : this.name;
    parts.who.id = `who-${alert.id}`;
    this.element.setAttribute("aria-labelledby", parts.who.id);
    this.#line(parts.title, within ? "" : alert.title);
    this.#line(parts.how, how(alert));
    parts.why.hidden = alert.why.length === 0;
    const why = alert.why.map((text) => (text === `Client of ${this.house.people[this.house.me]}` ? "Your client" : text));
    parts.why.replaceChildren(...inOneLine(why).map((part, index) => make("span", index ? "" : "chiefly", part)));
    this.element.dataset.urgency = alert.urgency;
    this.#editor.show(alert.say, alert.language, this.name);
    this.#list(parts.show, alert.recommendations.map((r) => [this.house.articles[r.sku] ?? r.sku, r.why]));
    this.#list(parts.avoid, alert.avoid.map((text) => [text, ""]));
    this.#offer();
    this.tick();
    if (!quietly) this.#flash();
  }

  tick() {
    const now = this.house.now();
    const place = this.place;
    const zone = this.house.zones[this.alert.site];
    const [count, unit, soon] =
      place === "later"
        ? [clock(this.alert.snoozed_until, zone, now), "again", false]
        : countdown(this.alert, now, zone);
    if (this.#parts.count.textContent !== count) this.#parts.count.textContent = count;
    if (this.#parts.unit.textContent !== unit) this.#parts.unit.textContent = unit;
    this.element.classList.toggle("soon", soon);
    this.element.classList.toggle("slim", place === "later" || place === "others");
    const eyebrow = this.#eyebrow();
    if (this.#parts.for.textContent !== eyebrow) this.#parts.for.textContent = eyebrow;
    this.#parts.left.style.setProperty("--left", share(this.alert, now).toFixed(4));
    this.#offer();
  }

  enter() {
    this.slot.classList.add("entering");
    requestAnimationFrame(() => requestAnimationFrame(() => this.slot.classList.remove("entering")));
  }

  leave() {
    this.slot.inert = true;
    this.slot.classList.add("leaving");
    setTimeout(() => this.slot.remove(), matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 480);
  }

  #eyebrow() {
    const { for: to, escalated, claimed_by: holder, accepted } = this.alert;
    const { me, people, teams } = this.house;
    if (this.place === "later") return this.alert.title;
    if (holder === me) return accepted ? "Yours" : "Taken by you";
    if (holder) return `${people[holder] ?? holder} is on it`;
    const whose = to.staff === me ? "For you" : to.staff ? `For ${people[to.staff] ?? to.staff}` : teams[to.team];
    return escalated ? `${whose ?? "Team"} · still unanswered` : (whose ?? "Team");
  }

  #line(element, text) {
    element.textContent = text;
    element.hidden = text === "";
  }

  #list(section, items) {
    section.hidden = items.length === 0;
    section.querySelector("ul").replaceChildren(
      ...items.map(([text, why]) => {
        const item = make("li");
        item.append(make("span", "thing", text));
        if (why) item.append(make("span", "because", why));
        return item;
      }),
    );
  }

  #offers() {
    const { claimed_by: holder, accepted, for: to } = this.alert;
    const me = this.house.me;
    const place = this.place;
    if (place === "others") return [];
    if (place === "later") return ["claimed:Bring back"];
    const last = this.#sleeps().length ? ["later:Later", "dismiss:Dismiss"] : ["dismiss:Dismiss"];
    if (this.house.notes && this.alert.client.name) last.unshift("note:Note");
    if (this.alert.client.name) last.unshift("profile:Profile");
    if (holder === me) return [accepted ? "done:Done" : "accepted:Accept", ...last];
    return to.staff === me ? ["accepted:Accept", ...last] : ["claimed:Claim", "accepted:Accept", ...last];
  }

  #offer() {
    const offers = this.#offers();
    if (offers.join() === this.#acts) return;
    const wrote = this.#editor.focused;
    const focused = this.#parts.acts.contains(document.activeElement);
    this.#acts = offers.join();
    this.#closePanel(false);
    this.#editor.allow(this.#acts.includes("accepted:"));
    this.#parts.acts.hidden = offers.length === 0;
    this.#parts.acts.replaceChildren(...offers.map((offer, index) => this.#button(offer, index)));
    rest(this.element);
    if (focused || (wrote && !this.#editor.open)) this.#parts.acts.querySelector("button")?.focus();
  }

  #button(offer, index) {
    const [verdict, label] = offer.split(":");
    const rank = index === 0 ? "first" : verdict === "accepted" ? "second" : "quiet";
    const button = make("button", `button ${rank}`, label);
    button.type = "button";
    button.dataset.act = verdict;
    button.setAttribute("aria-label", `${label}: ${this.name}`);
    if (verdict in this.#panels) {
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => this.#openPanel(verdict, button));
    } else {
      button.addEventListener("click", () => this.#decide(verdict));
    }
    return button;
  }

  #openPanel(kind, button) {
    const panel = this.#parts.panel;
    const again = !panel.hidden && panel.dataset.kind === kind;
    this.#closePanel(false);
    if (again) return;
    panel.dataset.kind = kind;
    const [label, ask, choices] = this.#panels[kind];
    panel.setAttribute("aria-label", label);
    panel.setAttribute("role", "group");
    panel.replaceChildren(make("p", "ask", ask));
    panel.append(...choices());
    panel.hidden = false;
    button.setAttribute("aria-expanded", "true");
    (panel.querySelector("textarea, button") ?? panel).focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  #panels = {
    profile: ["Profile", "What the house knows", () => [sheet(client(this.alert.client.id, this.alert.site), this.house)]],
    later: ["Remind me", "Remind me", () => this.#snoozes()],
    dismiss: ["Why dismiss it?", "Why?", () => this.#reasons()],
    note: ["A note", "What should be remembered?", () => [this.#note()]],
  };

  noted() {
    this.#closePanel();
  }

  #closePanel(refocus = true) {
    const panel = this.#parts.panel;
    if (panel.hidden) return;
    panel.hidden = true;
    const opener = this.#parts.acts.querySelector('[aria-expanded="true"]');
    opener?.setAttribute("aria-expanded", "false");
    if (refocus) opener?.focus();
  }

  #escape() {
    if (this.#editor.focused) this.#editor.close();
    else this.#closePanel();
  }

  #snoozes() {
    return this.#sleeps().map(([label, until]) =>
      this.#choice(label, "snoozed", () => ({ until: until(this.house.now()).toISOString() })));
  }

  // What would be over when it wakes is not offered to sleep.
  #sleeps() {
    const now = this.house.now();
    return SNOOZES.filter(([, until]) => until(now).getTime() < Date.parse(this.alert.valid_to));
  }

  #reasons() {
    const other = make("form", "other");
    const input = make("input");
    input.placeholder = "Another reason";
    input.setAttribute("aria-label", "Another reason");
    input.maxLength = 200;
    input.required = true;
    const send = make("button", "button quiet", "Dismiss");
    other.append(input, send);
    other.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) this.#decide("dismissed", { reason: input.value.trim() });
    });
    return [...REASONS.map((reason) => this.#choice(reason, "dismissed", () => ({ reason }))), other, this.#never()];
  }

  #note() {
    const form = make("form", "note");
    const text = make("textarea");
    text.rows = 2;
    text.required = true;
    text.addEventListener("input", () => text.setCustomValidity(
      bytes(text.value.trim()) > LONGEST ? "This is longer than a note can be: say it in fewer words." : ""));
    text.setAttribute("aria-label", `Note on ${this.name}`);
    const readers = make("select");
    readers.setAttribute("aria-label", "Who may read it");
    readers.append(...READERS.map(([label, tier]) => new Option(label, tier)));
    const keep = make("button", "button second", "Keep the note");
    form.append(text, readers, keep);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const said = { text: text.value.trim() };
      if (readers.value) said.tier = Number(readers.value);
      if (said.text) this.#decide("note", said);
    });
    return form;
  }

  // Not a reason but a wish that lasts: it stands apart and says what it does.
  #never() {
    const button = this.#choice(`Never propose this for ${this.alert.client.name ?? "this client"}`, "never");
    button.className = "button never";
    return button;
  }

  #choice(label, verdict, body = () => undefined) {
    const button = make("button", "button choice", label);
    button.type = "button";
    button.addEventListener("click", () => this.#decide(verdict, body()));
    return button;
  }

  async #decide(verdict, body) {
    if (this.element.getAttribute("aria-busy") === "true") return;
    this.element.setAttribute("aria-busy", "true");
    try {
      await this.act(this.alert.id, verdict, body);
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  #flash() {
    clearTimeout(this.#updated);
    this.element.classList.add("updated");
    this.#updated = setTimeout(() => this.element.classList.remove("updated"), 2400);
  }
}

