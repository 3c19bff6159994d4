// Whether this telephone rings while it is locked: its browser is woken, and says which house it is. It rings for whoever
// asked, until they sign out; for whoever comes next it is silent until they ask themselves.

import * as api from "/api.js";
import { button, clock, make } from "/words.js";

const KEPT = "ring";
const AGAIN = 600_000;
const WHAT = "For what is urgent and you have not seen, while you are on duty. It names the house, and nobody else.";
const NONE = "This browser can't ring a telephone. On an iPhone or iPad, add this page to the home screen and open it there.";
const REFUSED = "The browser would not have it: in a private window, or cut off from its maker, it can't be rung.";
const BARRED = "To have this telephone rung, allow notifications of this page in the settings of the browser.";

export class Ring {
  #row;
  #me;
  #on;
  #until = null;
  #said = 0;
  #note = WHAT;
  #closed = false;

  // on: { failed(problem) }
  constructor(row, me, on) {
    [this.#row, this.#me, this.#on] = [row, me, on];
    this.wake = () => document.hidden || this.#wake();
    document.addEventListener("visibilitychange", this.wake);
    row.hidden = !me.rings_by;
    this.#draw();
    this.#begin();
  }

  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.wake);
    this.#row.hidden = true;
  }

  get #able() {
    return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  }

  // Of whoever signed in here before, and did not sign out, nothing rings any more.
  async #begin() {
    if (!this.#able) return;
    const kept = read();
    const theirs = this.#me.rings_by && kept?.staff === this.#me.staff && kept.house === this.#me.house;
    if (!theirs || Notification.permission !== "granted") return silence();
    await this.#wake();
  }

  // Whoever is before the page needs no notice; and what is said anew is good for as long as their newer token.
  async #wake() {
    if (!this.#able || !read()) return;
    const registration = await navigator.serviceWorker.getRegistration();
    for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
    if (Date.now() - this.#said < AGAIN) return;
    await this.#ask().catch(() => undefined); // it is said again when the page is looked at next
  }

  async #turn() {
    this.#note = WHAT;
    try {
      if (this.#until) await quiet();
      else if (await Notification.requestPermission() === "granted") await this.#ask();
      if (!read()) this.#until = null;
    } catch (problem) {
      this.#on.failed(problem);
    }
    this.#draw();
    this.#row.querySelector("button")?.focus({ preventScroll: true });
  }

  async #ask() {
    await navigator.serviceWorker.register("/bell.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const applicationServerKey = bytes(this.#me.rings_by);
    let subscription = await pushManager.getSubscription();
    if (subscription && differ(subscription.options.applicationServerKey, applicationServerKey)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    if (this.#closed) return;
    try {
      subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    } catch {
      this.#note = REFUSED;
      return;
    }
    const { endpoint, keys } = subscription.toJSON();
    const { id, until } = await api.ring({ endpoint, keys });
    if (this.#closed) return void await subscription.unsubscribe();
    localStorage.setItem(KEPT, JSON.stringify({ staff: this.#me.staff, house: this.#me.house, id }));
    [this.#until, this.#said] = [Date.parse(until), Date.now()];
    this.#draw();
  }

  #draw() {
    if (!this.#able) return this.#row.replaceChildren(make("p", "", NONE));
    if (Notification.permission === "denied") return this.#row.replaceChildren(make("p", "", BARRED));
    const turn = button(`Ring this telephone when it is locked: ${this.#until ? "on" : "off"}`, "", () => this.#turn());
    const until = this.#until ? ` Until ${clock(this.#until, undefined, Date.now())}, or until you sign out.` : "";
    const note = make("p", "more", this.#note + until);
    note.setAttribute("role", "status");
    return this.#row.replaceChildren(turn, note);
  }
}

// Nothing rings here any more, whatever the console can be told.
export async function quiet() {
  const kept = read();
  await silence();
  if (kept) await api.unring(kept.id);
}

export async function silence() {
  localStorage.removeItem(KEPT);
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const shown of (await registration?.getNotifications()) ?? []) shown.close();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function bytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

// Not every browser says by which key it subscribed.
const differ = (held, key) => held && new Uint8Array(held).some((byte, index) => byte !== key[index]);
