// The hour of the house. The clock of a tablet may be wrong, be put right while somebody is signed in, or stand still
// while it sleeps.

const SET = 2_000; // milliseconds by which two clocks do not part by themselves

const apart = () => Date.now() - performance.now();

// Says how many milliseconds have passed: putting a clock back takes none of them away, nor does a sleep.
export function passed() {
  const [wall, even] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wall, performance.now() - even);
}

export class Hour {
  #ahead = 0;
  #apart = apart();

  now() {
    return Date.now() + this.#ahead;
  }

  // Whether the clock was set, or the tablet slept, since the house was last asked for the hour; no longer, once it was
  // asked again, be there an answer or not.
  get doubtful() {
    return Math.abs(apart() - this.#apart) > SET;
  }

  // ask(): resolves to what the house answers, its hour among it
  async by(ask) {
    const [asked, then] = [Date.now(), apart()];
    try {
      const me = await ask();
      this.#ahead = me.now * 1000 - (asked + Date.now()) / 2;
      return me;
    } finally {
      this.#apart = then;
    }
  }
}
