// The screen of a desk stays on while somebody is signed in: on one that sleeps nobody sees who arrives.

export class Awake {
  #wanted = false;
  #lock = null;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#hold()); // a page that is hidden loses its lock
  }

  keep(wanted) {
    this.#wanted = wanted;
    this.#hold();
  }

  async #hold() {
    if (!this.#wanted) {
      await this.#lock?.release();
      this.#lock = null;
    } else if (!document.hidden && (!this.#lock || this.#lock.released)) {
      this.#lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null; // refused: low on battery
    }
  }
}
