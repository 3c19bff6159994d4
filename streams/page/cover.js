// A client steps up and sees the screen: one tap, and nothing of anybody stands on it; nor on one that nobody has
// touched for a while. What comes meanwhile is counted without a word of whom, and counts as seen by nobody.

import { hold } from "/above.js";
import { hush } from "/saying.js";
import { count } from "/words.js";

const $ = (id) => document.getElementById(id);
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel"];

export class Cover {
  #back = null;
  #depth = 0;
  #came = [];
  #after = 0;
  #touched = 0;
  #look = null;

  // lifted(cards): what has come meanwhile
  constructor(lifted) {
    $("cover").addEventListener("click", () => this.#lay());
    $("uncover").addEventListener("click", () => {
      this.lift();
      lifted(this.#came);
      $("cover").focus({ preventScroll: true });
    });
    for (const touch of TOUCHES) addEventListener(touch, () => this.#touch(), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => this.#untouched());
  }

  // From now on the screen covers itself once nobody has touched it for so many seconds; 0: never.
  watch(seconds) {
    this.#after = seconds * 1000;
    this.#touch();
    this.#untouched();
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

  #touch() {
    this.#touched = Date.now();
  }

  // A tablet that slept looks when it wakes: its timers slept too.
  #untouched() {
    clearTimeout(this.#look);
    if (!this.#after) return;
    const left = this.#touched + this.#after - Date.now();
    if (left <= 0 && !$("desk").hidden) this.#lay();
    this.#look = setTimeout(() => this.#untouched(), left > 0 ? left : this.#after);
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
