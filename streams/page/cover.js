// A client steps up and sees the screen: one tap, and nothing of anybody stands on it; nor on one that nobody has
// touched for a while. What comes meanwhile is counted without a word of whom, and counts as seen by nobody.

import { hold } from "/above.js";
import { hush } from "/saying.js";
import { Untouched } from "/untouched.js";
import { count } from "/words.js";

const $ = (id) => document.getElementById(id);

export class Cover {
  #back = null;
  #depth = 0;
  #came = [];
  #untouched = new Untouched(() => $("desk").hidden || this.#lay());

  // lifted(cards): what has come meanwhile
  constructor(lifted) {
    $("cover").addEventListener("click", () => this.#lay());
    $("uncover").addEventListener("click", () => {
      this.lift();
      lifted(this.#came);
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

  came(cards) {
    this.#came.push(...cards);
    $("meanwhile").textContent = this.#came.length ? `${count(this.#came.length, "card")} came meanwhile.` : "";
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
    this.#came = [];
    this.came([]);
    $("desk").hidden = true;
    $("covered").hidden = false;
    hush();
    $("uncover").focus();
  }
}
