// A pair of clients that may be one person: what speaks for it, what against it, and somebody's word.

import * as api from "/api.js";
import { records } from "/profile.js";
import { KINDS, button, evidence, label, make, tell, unsaved } from "/words.js";

const FIELDS = {
  name: "name", born: "birth date", place: "home", code: "postal code", work: "profession", email: "e-mail",
  phone: "telephone",
};
const LIKE = { equal: "the same", close: "nearly the same", partly: "the same in part" };
const VERY = 16;
const SAYS = { same: "one person", different: "two people" };
const DONE = { same: "They are one client now.", different: "They stay two clients, and nobody is asked again." };
const LATE = "The links have not followed yet: open this page again in a while.";
const TAKEN_BACK = "taken back on the console";
const LOOKS = 8;
const SOON = 700;

export class Pair {
  #one;
  #house;
  #form = make("form", "word");
  #reason = make("input");

  constructor(one, house) {
    [this.#one, this.#house] = [one, house];
    this.element = make("article", "case");
    this.element.id = `pair-${one.pair}`;
    this.element.tabIndex = -1;
    const title = make("h3", "who", one.clients.map((client) => client.alias).join(" and "));
    title.id = `title-${one.pair}`;
    this.element.setAttribute("aria-labelledby", title.id);
    this.element.append(title, make("p", "", known(one.clients)), evidence(weighedUp(one)),
      records("Open both records", one.clients.map((client) => client.id), house), this.#form);
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#ask();
  }

  #ask() {
    Object.assign(this.#reason, { required: true, maxLength: 200, pattern: ".*\\S.*", autocomplete: "off", dir: "auto" });
    const answer = (verdict) => () => this.#form.reportValidity() && this.#say(verdict, this.#reason.value.trim());
    this.#form.replaceChildren(
      label("How do you know?", this.#reason),
      button("The same person", "second", answer("same")),
      button("Two people", "second", answer("different")),
      button("Later", "quiet apart", () => this.#later()),
    );
  }

  async #say(verdict, reason, first = true) {
    try {
      await api.judge(this.#one.pair, verdict, reason);
    } catch (problem) {
      tell(this.#form, unsaved(problem));
      return;
    }
    const other = verdict === "same" ? "different" : "same";
    const takenBack = button(`They are ${SAYS[other]} after all`, "choice", () => this.#say(other, TAKEN_BACK, false));
    this.#form.replaceChildren(takenBack);
    tell(this.#form, `You said: ${SAYS[verdict]}. The links follow in a moment.`);
    this.element.focus();
    if (!first) return;
    this.#settled().then((done) =>
      takenBack.isConnected && tell(this.#form, `You said: ${SAYS[verdict]}. ${done ? DONE[verdict] : LATE}`));
  }

  // Whether the pair waits no more, as it should within a moment.
  async #settled() {
    for (let look = 0; look < LOOKS; look += 1) {
      await new Promise((done) => setTimeout(done, SOON));
      const asked = await api.held().catch(() => null);
      if (asked && !asked.held.some((one) => one.pair === this.#one.pair)) return true;
    }
    return false;
  }

  #later() {
    const next = this.element.nextElementSibling ?? this.element;
    this.element.parentElement.append(this.element);
    next.focus();
  }
}

function weighedUp({ shared, numbers, fields, bits }) {
  const compared = Object.entries(fields).filter(([field]) => !shared.includes(field));
  const like = (...levels) => compared.filter(([, level]) => levels.includes(level));
  return [
    ["Speaks for it", [
      ...shared.map((kind) => `${KINDS[kind] ?? kind} given with both`),
      ...like("equal", "close", "partly").map(([field, level]) => `${FIELDS[field]} ${LIKE[level]}`),
    ]],
    ["Speaks against it", [
      ...numbers.map((kind) => `each has a ${KINDS[kind] ?? kind} of their own`),
      ...like("different").map(([field]) => `${FIELDS[field]} another`),
    ]],
    ["Not known of both", like("absent").map(([field]) => FIELDS[field])],
    ["All in all", like("equal", "close", "partly", "different").length ? [weighed(bits)] : []],
  ];
}

function known(clients) {
  const [one, other] = clients.map(({ parts }) => `${parts} identifier${parts === 1 ? "" : "s"}`);
  return one === other ? `Each is known by ${one}.` : `Known by ${one}, and by ${other}.`;
}

const weighed = (bits) => (bits >= VERY ? "much alike" : bits > 0 ? "somewhat alike" : "more unlike than alike");
