// A soft tone for what cannot wait, on a screen that somebody asked it of: who looks after a guest looks up when they
// hear it. It says nothing of whom, and comes once however many cards do.

const KEPT = "sound";
const URGENT = 4;
const FRESH = 30_000;
const PAUSE = 10_000;
const TONES = [[659.3, 0], [880, 0.16]];

export class Chime {
  #button;
  #context = null;
  #last = -Infinity;

  constructor(button) {
    this.#button = button;
    button.addEventListener("click", () => {
      localStorage.setItem(KEPT, this.#on ? "off" : "on");
      this.#show();
      this.#sound();
    });
    // A browser lets a page sound once it was touched; of a finger it believes what it lifts.
    for (const touch of ["pointerup", "keydown"]) addEventListener(touch, () => this.#wake(), { passive: true });
    this.#show();
  }

  // What is told again because a page has just opened is no news.
  came(cards, now) {
    const news = cards.some(({ alert }) => alert.urgency >= URGENT && now - Date.parse(alert.at) < FRESH);
    if (!this.#on || !news || now - this.#last < PAUSE) return;
    this.#last = now;
    this.#sound();
  }

  get #on() {
    return localStorage.getItem(KEPT) === "on";
  }

  #show() {
    this.#button.textContent = `Sound for what is urgent: ${this.#on ? "on" : "off"}`;
  }

  #wake() {
    if (!this.#on) return;
    this.#context ??= new AudioContext();
    if (this.#context.state === "suspended") this.#context.resume();
  }

  #sound() {
    this.#wake();
    if (!this.#on || this.#context.state !== "running") return;
    for (const [pitch, after] of TONES) this.#tone(pitch, this.#context.currentTime + after);
  }

  #tone(pitch, at) {
    const tone = this.#context.createOscillator(), loud = this.#context.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0, at);
    loud.gain.linearRampToValueAtTime(0.12, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.001, at + 0.9);
    tone.connect(loud).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + 1);
  }
}
