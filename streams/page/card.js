// One card: built once, then kept true to its alert without losing focus or place.

import { client } from "/api.js";
import { never, reasons, silenced, sleeps, snoozes } from "/choices.js";
import { Editor } from "/editor.js";
import { decided, sheet } from "/profile.js";
import { rest } from "/rest.js";
import { button, clock, countdown, how, inOneLine, make, share } from "/words.js";
import { Written } from "/written.js";

// Milliseconds for which one's own words about a client of whom nothing may be shown any more can be copied.
const FAREWELL = 120_000;

// What is left of an alert when it is over: which it is, for whom, and when.
const BARE = { title: "", why: [], avoid: [], say: null, recommendations: [], contact: false, claimed_by: null };

// What it says, whoever has it.
const revised = ({ title, why, avoid, due, recommendations }) => JSON.stringify([title, why, avoid, due, recommendations]);

export class Card {
  #parts = {};
  #acts = null;
  #editor = null;
  #told = (verdict, body) => this.#decide(verdict, body);
  #written = new Written(this.#told);
  #kept = null;
  #news = new Set();
  #was = null;
  #updated = null;

  // house: { me, people, teams, articles, sites, zones, silence(scope) or null, now() }; act(id, verdict, body) resolves when it is settled
  constructor(alert, house, act) {
    this.alert = alert;
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
    this.element.addEventListener("click", () => this.#read());
    this.update(alert);
  }

  get place() {
    if (this.#kept) return this.#kept.place;
    const { status, claimed_by: holder, snoozed_until: until, urgency } = this.alert;
    if (holder && holder !== this.house.me) return "others";
    if (status === "snoozed" && Date.parse(until) > this.house.now()) return "later";
    if (this.alert.contact) return "book";
    return urgency >= 4 ? "now" : "next";
  }

  get expired() {
    const { claimed_by: holder, valid_to: end } = this.alert, now = this.house.now();
    if (this.over) return this.#kept.until <= now;
    return this.lapsed || (!holder && Date.parse(end) <= now);
  }

  // Whether something that it rests on is allowed no more.
  get lapsed() {
    const { allowed_to: end } = this.alert;
    return end !== null && Date.parse(end) <= this.house.now();
  }

  get over() {
    return this.#kept?.over ?? false;
  }

  // Whether it holds words that were neither sent nor put aside.
  get writes() {
    return this.#texts.length > 0;
  }

  get name() {
    return this.alert.client.name ?? (this.over ? "somebody" : "Visitor");
  }

  // What it tells of the client.
  get says() {
    const { client: { name }, title, why, avoid, say, recommendations } = this.alert;
    return JSON.stringify([name, title, why, avoid, say, recommendations]);
  }

  get heading() {
    return this.#parts.who;
  }

  // What it is about, without whom.
  get hint() {
    const { title, client } = this.alert;
    return client.name && title.includes(client.name) ? this.#eyebrow() : title;
  }

  update(alert) {
    const { place, alert: before, says } = this;
    if (!this.over) this.#compare(before, alert);
    this.alert = alert;
    const { claimed_by: holder } = alert;
    this.#kept = holder && holder !== this.house.me && this.writes ? { place } : null;
    this.#draw();
    if (says !== this.says) rest(this.element);
    if (revised(before) !== revised(alert)) this.#flash();
  }

  // What is new on it stays marked until a hand has been on it: whoever prepares an arrival looks away for a while.
  #compare(before, alert) {
    const [old, now] = [before, alert].map(({ why, avoid }) => [...why, ...avoid]);
    for (const text of now) if (!old.includes(text)) this.#news.add(text);
    if (before.due !== alert.due) this.#was ??= before.due;
    if (this.#was === alert.due) this.#was = null;
  }

  #read() {
    if (!this.#news.size && !this.#was) return;
    this.#news.clear();
    this.#was = null;
    this.#draw();
  }

  // A reason that is on its way when its card ends has arrived, or comes too late.
  moot() {
    if (this.#busy) this.#written.forget("dismissed");
  }

  // It is over: true where somebody is writing on it, whose words then stay, and nothing of the client, not even the
  // name. From here on the page hears no more of this card, so a withdrawal or an erasure that comes later could take
  // nothing back. `barred`: of this client nothing may be shown any more. A draft that is being changed goes then, for
  // it began as the house's words about them. A note or a reason began empty: its author knows it, the house does not
  // have it, and without the name it says of nobody what it says. It can be copied for a moment, and not be kept.
  end(why, barred = false) {
    if (this.over) return false;
    if (barred || !this.#editor.texts.length) this.#editor.forget();
    if (!this.writes) return false;
    if (barred) this.#written.close();
    const place = this.place === "book" || this.place === "now" ? this.place : "next";
    this.#kept = { place, over: true, until: barred ? this.house.now() + FAREWELL : Infinity };
    this.alert = { ...this.alert, ...BARE, title: why, client: { id: this.alert.client.id, name: null } };
    this.#draw();
    return true;
  }

  #draw() {
    const alert = this.alert;
    const parts = this.#parts;
    const held = this.element.contains(document.activeElement);
    const within = !alert.client.name || alert.title.includes(alert.client.name);
    parts.who.textContent = within ? alert.title : this.name;
    parts.who.id = `who-${alert.id}`;
    this.element.setAttribute("aria-labelledby", parts.who.id);
    this.#line(parts.title, within ? "" : alert.title);
    this.#line(parts.how, how(alert));
    parts.why.hidden = alert.why.length === 0;
    const name = this.house.people[this.house.me];
    const why = alert.why.map((text) =>
      text === `Client of ${name}` ? "Your client" : text.startsWith(`Met ${name} `) ? text.replace(name, "you") : text);
    parts.why.replaceChildren(...inOneLine(why).map((part, index) => {
      const span = make("span", index ? "" : "chiefly", part);
      span.prepend(...this.#mark(alert.why[index]));
      return span;
    }));
    this.element.dataset.urgency = alert.urgency;
    this.#editor.show(alert.say, alert.language, alert.meaning, this.name);
    this.#list(parts.show, alert.recommendations.map((r) => [this.house.articles[r.sku] ?? r.sku, r.why]));
    this.#list(parts.avoid, alert.avoid.map((text) => [text, ""]));
    this.#written.about(this.name);
    this.tick();
    this.#keep();
    if (held && !this.element.contains(document.activeElement)) this.element.focus({ preventScroll: true });
  }

  tick() {
    const now = this.house.now();
    const place = this.place;
    const zone = this.house.zones[this.alert.site];
    const was = this.#was && place !== "later" ? `\nwas ${clock(Date.parse(this.#was), zone, now)}` : "";
    const [count, unit, soon] =
      place === "later"
        ? [clock(this.alert.snoozed_until, zone, now), "again", false]
        : countdown(this.alert, now, zone);
    if (this.#parts.count.textContent !== count) this.#parts.count.textContent = count;
    if (this.#parts.unit.textContent !== unit + was) this.#parts.unit.textContent = unit + was;
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

  // Where nobody sees it fold away, or may see it any more, it goes at once.
  leave(barred) {
    const { top, bottom } = this.slot.getBoundingClientRect();
    if (barred || bottom < 0 || top > innerHeight) return this.slot.remove();
    this.slot.inert = true;
    this.slot.classList.add("leaving");
    setTimeout(() => this.slot.remove(), matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 480);
    return undefined;
  }

  #eyebrow() {
    const { for: to, escalated, claimed_by: holder, accepted } = this.alert;
    const { me, people, teams } = this.house;
    if (this.over) return "What you were writing";
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
        item.append(...this.#mark(text), make("span", "thing", text));
        if (why) item.append(make("span", "because", why));
        return item;
      }),
    );
  }

  #mark(text) {
    return this.#news.has(text) ? [make("em", "new", "New: ")] : [];
  }

  #offers() {
    const { claimed_by: holder, accepted, for: to } = this.alert;
    const me = this.house.me;
    const place = this.place;
    if (this.#kept || place === "others") return [];
    if (place === "later") return ["claimed:Bring back"];
    const last = sleeps(this.alert, this.house).length ? ["later:Later", "dismiss:Dismiss"] : ["dismiss:Dismiss"];
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
    if (!this.#kept && !offers.some((offer) => offer.startsWith(`${this.#parts.panel.dataset.kind}:`))) this.#closePanel(false);
    this.#editor.allow(this.#acts.includes("accepted:") || this.#kept !== null);
    this.#parts.acts.hidden = offers.length === 0;
    this.#parts.acts.replaceChildren(...offers.map((offer, index) => this.#button(offer, index)));
    rest(this.element);
    if (focused || (wrote && !this.#editor.open)) this.#parts.acts.querySelector("button")?.focus();
  }

  #button(offer, index) {
    const [verdict, label] = offer.split(":");
    const rank = index === 0 ? "first" : verdict === "accepted" ? "second" : "quiet";
    const made = make("button", `button ${rank}`, label);
    made.type = "button";
    made.dataset.act = verdict;
    made.setAttribute("aria-label", `${label}: ${this.name}`);
    if (verdict in this.#panels) {
      const { hidden, dataset } = this.#parts.panel;
      made.setAttribute("aria-expanded", String(!hidden && dataset.kind === verdict));
      made.addEventListener("click", () => this.#openPanel(verdict));
    } else {
      made.addEventListener("click", () => this.#decide(verdict));
    }
    return made;
  }

  #openPanel(kind, asked = true) {
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
    this.#opener(kind)?.setAttribute("aria-expanded", "true");
    if (!asked) return;
    (panel.querySelector("textarea, button") ?? panel).focus({ preventScroll: true });
    panel.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  #panels = {
    profile: ["Profile", "What the house knows", () => [
      sheet(client(this.alert.client.id, this.alert.site), this.house),
      decided(this.alert.client.id, this.alert.site, this.house),
    ]],
    later: ["Remind me", "Remind me", () => snoozes(this.alert, this.house, this.#told)],
    dismiss: ["Why dismiss it?", "Why?", () => [
      ...reasons(this.#told), this.#written.form("dismissed"), never(this.alert, this.#told),
      ...silenced(this.alert, this.house),
    ]],
    note: ["A note", "What should be remembered?", () => [this.#written.form("note", this.name)]],
  };

  // The words of a verdict have been sent.
  said(verdict) {
    this.#written.forget(verdict);
    if (this.#kept && !this.writes) this.#putAside();
    else if (verdict === "note" && !this.#kept) this.#closePanel();
  }

  get #texts() {
    return [...this.#editor.texts, ...this.#written.texts];
  }

  // What is being written stays where it stands, for a hand may be on it; all else of the panel goes.
  #keep() {
    const was = this.element.classList.contains("kept"), panel = this.#parts.panel;
    this.element.classList.toggle("kept", this.#kept !== null);
    if (!this.#kept) return was && this.#resume();
    const forms = this.#written.forms;
    for (const child of [...panel.children]) if (!forms.includes(child)) child.remove();
    panel.append(...forms.filter((form) => !panel.contains(form)), ...this.#farewell());
    panel.dataset.kind = "kept";
    panel.setAttribute("aria-label", "What you were writing");
    panel.hidden = false;
    return undefined;
  }

  #farewell() {
    const copy = button("Copy", "second", async () => {
      const copied = await navigator.clipboard?.writeText(this.#texts.join("\n\n")).then(() => true, () => false);
      if (!copied) this.element.querySelector(".editor:not([hidden]) textarea, .panel :is(textarea, input)").select();
      copy.textContent = copied ? "Copied" : "Selected";
    });
    const barred = this.over && this.#kept.until < Infinity;
    this.element.classList.toggle("barred", barred);
    return [
      make("p", "ask", barred
        ? "Nothing more may be shown of this client. Your own words stay for two minutes, to be copied."
        : "Your words stay here until you put them aside."),
      copy, button("Put aside", "quiet", () => this.#putAside()),
    ];
  }

  #putAside() {
    this.#editor.forget();
    for (const verdict of ["note", "dismissed"]) this.#written.forget(verdict);
    if (!this.over) this.update(this.alert);
    return this.act(this.alert.id, "aside");
  }

  // It is open again: so is what was being written.
  #resume() {
    const [form] = this.#written.forms;
    this.#parts.panel.hidden = true;
    if (form) this.#openPanel(form.className === "note" ? "note" : "dismiss", this.element.contains(document.activeElement));
  }

  #opener(kind) {
    return this.#parts.acts.querySelector(`[data-act="${kind}"]`);
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

  get #busy() {
    return this.element.getAttribute("aria-busy") === "true";
  }

  async #decide(verdict, body) {
    if (this.#busy) return;
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

