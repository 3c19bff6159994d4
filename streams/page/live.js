// The live feed. It reads the event stream itself, so that a silent connection is noticed by its missing
// heartbeats and every reconnection says where it was.

import { feed } from "/api.js";
import { passed } from "/hour.js";

const SILENT = 18_000; // beats come every ten seconds: one that is eight late is not coming
const UNANSWERED = 15_000; // a question that went into a connection which had died: the next opens another

export class Live {
  #cursor = null;
  #abort = null;
  #heard = passed();
  #answered = false;
  #wait = 500;
  #timer = null;
  #on;

  // on: { told(kind, alert), state("live" | "away" | "out", why) }
  constructor(on) {
    this.#on = on;
    this.watch = setInterval(() => this.#check(), 1_000);
    this.events = [
      [document, "visibilitychange", () => this.#check()],
      [window, "pageshow", () => this.#check()],
      [window, "online", () => this.#again(0)],
      [window, "offline", () => this.#lost()],
    ];
    for (const [target, name, act] of this.events) target.addEventListener(name, act);
    this.#open();
  }

  close() {
    clearInterval(this.watch);
    clearTimeout(this.#timer);
    for (const [target, name, act] of this.events) target.removeEventListener(name, act);
    this.#abort?.abort();
    this.#abort = null;
  }

  #check() {
    const most = this.#answered ? SILENT : UNANSWERED;
    if (this.#abort && this.#heard() > most) this.#again(0);
  }

  #lost() {
    this.#abort?.abort();
    this.#on.state("away");
  }

  #again(after) {
    this.#abort?.abort();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), after);
  }

  async #open() {
    const abort = new AbortController();
    this.#abort = abort;
    this.#heard = passed();
    this.#answered = false;
    try {
      await this.#read(abort);
    } catch {
      if (abort !== this.#abort) return;
    }
    if (abort !== this.#abort) return;
    this.#on.state("away");
    this.#again(this.#wait + Math.random() * 300);
    this.#wait = Math.min(this.#wait * 2, 8_000);
  }

  async #read(abort) {
    const response = await feed(this.#cursor, abort.signal);
    if (response.status === 401 || response.status === 403) {
      const { error } = await response.json().catch(() => ({}));
      this.close();
      this.#on.state("out", response.status === 403 ? error : undefined);
      return;
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done || abort !== this.#abort) return;
      this.#heard = passed();
      this.#wait = 500;
      if (!this.#answered) this.#on.state("live"); // a proxy may say that it was opened, and keep what it says
      this.#answered = true;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      blocks.forEach((block) => this.#hear(block));
    }
  }

  #hear(block) {
    const fields = {};
    for (const line of block.split("\n")) {
      const colon = line.indexOf(": ");
      if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
    }
    if (!fields.event) return;
    this.#on.told(fields.event, JSON.parse(fields.data));
    if (fields.event === "reset") this.#cursor = null;
    else if (fields.id) this.#cursor = fields.id;
  }
}
