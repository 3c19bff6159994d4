// A screen that nobody has touched for a while may be seen by anybody.

import { passed } from "/hour.js";

const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel"];

export class Untouched {
  #act;
  #after = 0;
  #untouched = passed();
  #look = null;

  // act(): nobody has touched the screen for as long as `after` said
  constructor(act) {
    this.#act = act;
    for (const touch of TOUCHES) addEventListener(touch, () => this.#touch(), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => this.#check());
  }

  // Counts from now on; 0 seconds: never.
  after(seconds) {
    this.#after = seconds * 1000;
    this.#touch();
    this.#check();
  }

  #touch() {
    this.#untouched = passed();
  }

  // A tablet that slept looks when it wakes: its timers slept too.
  #check() {
    clearTimeout(this.#look);
    if (!this.#after) return;
    const left = this.#after - this.#untouched();
    if (left <= 0) this.#act();
    this.#look = setTimeout(() => this.#check(), left > 0 ? left : this.#after);
  }
}
