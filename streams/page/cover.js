// A client steps up and sees the screen: one tap, and nothing of anybody stands on it; nor on one that nobody has
// touched for a while. What comes meanwhile is counted without a word of whom, and counts as seen by nobody.

import { hold } from "/above.js";
import { OURS } from "/order.js";
import { hush } from "/saying.js";
import { Untouched } from "/untouched.js";
import { count } from "/words.js";

const $ = (id) => document.getElementById(id);

export class Cover {
  #back = null;
  #depth = 0;
  #standing;
  #stood = new Map();
  #came = new Map();
  #untouched = new Untouched(() => $("desk").hidden || this.#lay());

  // standing(): the cards on the desk; lifted(cards): what has come meanwhile
  constructor(standing, lifted) {
    this.#standing = standing;
    $("cover").addEventListener("click", () => this.#lay());
    $("uncover").addEventListener("click", () => {
      this.lift();
      lifted([...this.#came.values()]);
      $("cover").focus({ preventScroll: true });
    });
  }

  // From now on the screen covers itself once nobody has touched it for so many seconds; 0: never.
  watch(seconds) {
    this.#untouched.after(seconds);
  }

  get on() {
    return !$("covered").hidden;
  }

  // What is told again stood there before; what has gone, or is with a colleague, waits for nobody here.
  came(cards) {
    const news = cards.filter((card) => this.#stood.get(card.alert.id) !== card.place);
    for (const card of news) this.#came.set(card.alert.id, card);
    const { length } = [...this.#came.values()].filter((card) => OURS.includes(card.place));
    $("meanwhile").textContent = length ? `${count(length, "card")} came meanwhile.` : "";
  }

  forget(card) {
    this.#came.delete(card.alert.id);
  }

  lift() {
    if (!this.on) return;
    $("covered").hidden = true;
    $("desk").hidden = false;
    scrollTo({ top: this.#depth, behavior: "instant" });
    this.#back();
  }

  #lay() {
    [this.#back, this.#depth] = [hold(), scrollY];
    this.#stood = new Map(this.#standing().map((card) => [card.alert.id, card.place]));
    this.#came.clear();
    this.came([]);
    $("desk").hidden = true;
    $("covered").hidden = false;
    hush();
    $("uncover").focus();
  }
}
