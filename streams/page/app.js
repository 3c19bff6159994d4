// The console page: the door (sign in) and the desk (live cards).

import { Above, steady } from "/above.js";
import * as api from "/api.js";
import { Awake } from "/awake.js";
import { notAgain } from "/back.js";
import { Card } from "/card.js";
import { Chime } from "/chime.js";
import { Cover } from "/cover.js";
import { Duty } from "/duty.js";
import { Finder } from "/find.js";
import { Hour } from "/hour.js";
import { Live } from "/live.js";
import { OURS, PLACES, before, fill } from "/order.js";
import { rest } from "/rest.js";
import { Ring, quiet, silence } from "/ring.js";
import { announce, hush, toast } from "/saying.js";
import { Switch } from "/silence.js";
import { clock, greeting, initial, presented, unsaved } from "/words.js";

const SAID = {
  edited: "Accepted, with your words",
  snoozed: "You will be reminded",
  done: "Done",
  never: "It will not be proposed again",
};
const AWAY = "The console cannot be reached now: try again in a moment.";
const UNTOLD = "You have signed out here. The console cannot be reached now: it is told before anything is read again.";
const ENDED = {
  retracted: "No longer needed",
  expired: "Its time has passed",
  done: "Done",
  dismissed: "Dismissed",
};
const GONE = "No longer open";
const BARRED = "Taken back";
const LOOK = 30_000;
const SOON = 3_000;
const AGAIN = 5_000;
const DESKS = ["concierge", "team"];
const VERSION = document.querySelector('meta[name="version"]').content;
const $ = (id) => document.getElementById(id);
const cards = new Map();
// Id -> what it said of the client when it was seen last.
const seen = new Map();
let house = null;
let live = null;
let killSwitch = null;
let outdated = false;
let duty = null;
let ring = null;
// The card that somebody was rung for, until it stands there.
let wanted = null;
let entering = false;
let asking = false;
let awayTimer = null;
let awaySince = null;

const hour = new Hour();
const awake = new Awake();
const chime = new Chime($("sound"));
const finder = new Finder($("find"), $("finder"), () => house);
const watcher = new IntersectionObserver(onView, { threshold: 0.6 });
// What grows or shrinks moves what stands below it, and nothing above: a busy desk would take no tap any more.
const sizes = new ResizeObserver((changed) => {
  const below = (card, { target }) =>
    target === card.element || target.compareDocumentPosition(card.element) & Node.DOCUMENT_POSITION_FOLLOWING;
  for (const card of cards.values()) if (changed.some((one) => below(card, one))) rest(card.element);
});
const above = new Above($("above"), settle);
const cover = new Cover(
  () => [...cards.values()],
  (came) => above.came(came.filter((card) => cards.has(card.alert.id)).sort(before)),
);

// --- the door

async function door(message = "") {
  live?.close();
  killSwitch?.close();
  duty?.close();
  ring?.close();
  finder.close();
  cover.lift();
  cover.watch(0);
  awake.keep(false);
  live = killSwitch = duty = ring = null;
  clear();
  hush();
  $("opening").hidden = $("desk").hidden = true;
  // A tablet is left open for months: whoever comes next is shown the page that the console has by now.
  if (outdated && message !== UNTOLD && !writing()) return location.reload();
  $("door").hidden = false;
  $("door-error").textContent = message;
  scrollTo(0, 0);
  document.title = "Prévenance";
  const people = await api.people().catch(() => []);
  $("people").replaceChildren(...people.filter((p) => p.role !== "platform").map(person));
  $("with-token").open = people.length === 0;
  return undefined;
}

function person(one) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "person";
  const name = document.createElement("span");
  name.className = "person-name";
  name.textContent = one.name;
  const where = document.createElement("span");
  where.className = "person-where";
  where.textContent = [initial(one.role), ...(one.places ?? one.sites)].join(" · ");
  button.append(name, where);
  button.addEventListener("click", () => signIn(one.token));
  item.append(button);
  return item;
}

// A second tap while the first is on its way opens no second desk.
async function signIn(token) {
  if (entering) return;
  entering = true;
  $("door-error").textContent = "Signing in \u2026";
  try {
    await api.signIn(token);
    $("token").value = "";
    await desk();
    $("greeting").focus({ preventScroll: true }); // what was pressed is gone, and so would be the focus
  } catch (problem) {
    $("door-error").textContent = problem.status ? problem.message : AWAY;
  } finally {
    entering = false;
  }
}

// --- the desk

async function desk() {
  const me = await whoami();
  if (house && !api.isShown(me)) forget();
  api.shows(me);
  if (me.role === "privacy") {
    await silence().catch(() => undefined); // of whoever was here before, as at a desk
    return location.replace("/privacy.html");
  }
  house = {
    me: me.staff,
    at: Object.keys(me.sites)[0] ?? "",
    sites: me.sites,
    silence: me.role === "manager" ? (scope) => killSwitch.silence(scope) : null,
    notes: ["advisor", "concierge", "manager"].includes(me.role),
    people: me.people,
    teams: me.teams,
    articles: me.articles,
    zones: me.zones,
    name: me.name,
    now: () => hour.now(),
  };
  $("house").textContent = $("cover-house").textContent = me.maison;
  $("me").textContent = presented(me);
  $("book-title").textContent = me.role === "concierge" ? "Guests to contact" : "Client book";
  $("records").hidden = !house.notes;
  $("opening").hidden = $("door").hidden = true;
  $("desk").hidden = false;
  state("away");
  live = new Live({ told, state });
  cover.watch(me.cover_after);
  awake.keep(DESKS.includes(me.role));
  killSwitch = new Switch(me, house, { failed: (problem) => toast(unsaved(problem)) });
  if (house.notes) duty = new Duty($("duty"), me, { failed: (problem) => toast(unsaved(problem)) });
  ring = new Ring($("ring"), me, { failed: (problem) => toast(unsaved(problem)) });
  greet();
  arrange();
  peace();
  if (wanted) seek(wanted);
}

async function whoami() {
  const me = await hour.by(api.me);
  outdated = me.page !== VERSION;
  return me;
}

// Another window may have signed out, and somebody else in; whatever the clock says now, the house says the hour.
async function ask() {
  if (asking || !live) return;
  asking = true;
  const sat = live;
  try {
    const me = await whoami();
    if (live === sat && !api.isShown(me)) door("Somebody else has signed in here: sign in again.");
  } catch {
    // The feed says so too.
  } finally {
    asking = false;
  }
}

// What is kept until its reader has been left in peace for a while; it changes slowly and is no news.
async function peace() {
  if (!live || document.hidden) return;
  const waiting = await api.waiting().catch(() => 0);
  $("waiting").hidden = waiting === 0;
  $("waiting").textContent = `${waiting} more can wait: shown when you have been left in peace for a while.`;
}

function told(kind, alert) {
  if (kind === "reset") return [clear(), arrange()];
  const card = cards.get(alert.id);
  if (card && alert.revision <= card.alert.revision) return undefined;
  if (kind === "retract") return retract(card, alert);
  if (card) {
    arrange([card], () => card.update(alert));
    look(card);
    return announce(`Updated: ${card.name}, ${alert.title}`);
  }
  return add(alert);
}

function add(alert) {
  const card = new Card(alert, house, act);
  cards.set(alert.id, card);
  if (!cover.on) card.enter(); // nobody sees it come, and it has its height at once when the cover goes
  card.heading.dataset.id = alert.id;
  watcher.observe(card.heading);
  sizes.observe(card.element);
  arrange([card]);
  if (alert.id === wanted) return seek(wanted);
  return announce(`${above.has(card) ? "New above: " : ""}${card.name}: ${alert.title}`);
}

// Whoever was rung and taps the notice is shown its card, once it has come; it may have gone meanwhile.
function seek(id) {
  const card = cards.get(id);
  wanted = card ? null : id;
  if (!live) return;
  cover.lift();
  if (card) {
    card.element.scrollIntoView({ block: "start", behavior: "instant" });
    card.element.focus({ preventScroll: true });
    settle();
  } else {
    setTimeout(() => {
      if (wanted !== id || !live) return;
      wanted = null;
      toast("That card is no longer open.");
    }, SOON);
  }
}

// Of a client of whom nothing may be shown any more, it comes without the name; so does what is silenced, still open.
function retract(card, alert) {
  if (!card) return;
  card.alert.revision = alert.revision;
  if (card.over) return; // that its time has passed the page knew before the house said so
  card.moot();
  const back = alert.status === "retracted", barred = back && !alert.client.name && card.alert.client.name !== null;
  if (end(card, barred ? BARRED : ENDED[alert.status] ?? GONE, barred) || !back) return;
  toast(alert.client.name ? `${alert.client.name}: no longer needed` : "A card was taken back");
}

// Who has a hand on it is told why it goes.
function lapse(card) {
  const held = card.element.contains(document.activeElement), said = `${card.name}: its time has passed`;
  if (end(card, card.lapsed ? BARRED : ENDED.expired, card.lapsed) || !held) return;
  toast(card.lapsed ? "A card was taken back" : said);
}

// A card that is over goes: false. Where somebody is writing on it, it stays with their words alone.
function end(card, why, barred = false) {
  if (barred) hush();
  const stays = card.end(why, barred);
  if (stays) announce(`${why}. What you were writing stays.`);
  if (stays) arrange([card]);
  else drop(card, barred);
  return stays;
}

function drop(card, barred = false) {
  release(card);
  if (card.element.contains(document.activeElement)) $("greeting").focus({ preventScroll: true });
  arrange([card], () => card.leave(barred));
  settle();
}

function settle() {
  for (const card of cards.values()) rest(card.element);
}

// What is open is told again; what was being written waits for its card, or for its author to sign in again.
function clear() {
  for (const card of [...cards.values()]) {
    if (card.over || card.end(GONE)) card.alert.revision = 0;
    else remove(card);
  }
}

// What one has seen, the next has not: that they see it is in the audit too.
function forget() {
  for (const card of [...cards.values()]) remove(card);
  seen.clear();
}

function remove(card) {
  release(card);
  card.slot.remove();
}

function release(card) {
  cards.delete(card.alert.id);
  watcher.unobserve(card.heading);
  sizes.unobserve(card.element);
  above.forget(card);
  cover.forget(card);
}

const writing = () => [...cards.values()].some((card) => card.writes);

// moving: cards that may have another place once `change` is done; the others stand as they stood to one another.
function arrange(moving = [], change = () => undefined) {
  const slots = new Set(moving.map((card) => card.slot));
  let sorted = [];
  const moved = steady(() => {
    change();
    sorted = [...cards.values()].sort(before);
    const at = (place) => sorted.filter((card) => card.place === place);
    return PLACES.flatMap((place) => fill($(place), at(place), slots));
  }, slots);
  if (moved.length) settle();
  const came = moved.filter(([, from]) => from !== "now").map(([card]) => card);
  (cover.on ? cover : above).came(came);
  if (house) chime.came(came.filter((card) => card.place === "now"), house.now());
  const shown = sorted.filter((card) => OURS.includes(card.place)).length;
  $("calm").hidden = shown > 0;
  $("desk").classList.toggle("quiet", shown === 0);
  document.title = shown ? `(${shown}) Prévenance` : "Prévenance";
}

// What is doubtful takes nothing away before the house has been asked.
function tick() {
  if (house) greet();
  if (live && hour.doubtful) return ask();
  const moving = [];
  for (const card of [...cards.values()]) {
    const place = card.slot.closest("section")?.id;
    if (card.expired) lapse(card);
    else card.tick();
    if (place !== card.place) moving.push(card);
  }
  if (moving.length) arrange(moving);
  return undefined;
}

function greet() {
  const words = greeting(house.name, house.now(), house.zones[house.at]);
  if ($("greeting").textContent !== words) $("greeting").textContent = words;
}

// Whoever has left meanwhile is told nothing more, nor is whoever came, and nothing of the client stands behind the door.
async function act(id, verdict, body) {
  const card = cards.get(id), sat = live;
  const gone = () => live !== sat;
  try {
    if (verdict === "note") {
      await api.note(card.alert.client.id, body);
      card.said("note");
      return gone() || toast("Noted");
    }
    if (verdict === "aside") return card.over ? drop(card) : arrange([card]);
    const alert = await api.decide(id, verdict, body, (times) => times === 1 && !gone() && toast("Not saved yet: trying again \u2026"));
    const over = ["done", "dismissed", "expired", "retracted"].includes(alert.status);
    if (over) card?.said("dismissed");
    if (gone()) return undefined;
    if (cards.has(id)) told(over ? "retract" : "update", alert); // what has gone meanwhile no late answer brings back
    if (over || SAID[verdict]) toast(SAID[verdict] ?? "Dismissed");
  } catch (problem) {
    if (gone()) return undefined;
    if (problem.status === 401) return door("Your session has ended: sign in again.");
    if (problem.status === 410 && card && cards.get(id) === card) end(card, GONE);
    toast(unsaved(problem));
  }
  return undefined;
}

// A card counts as seen once its head was really on screen for a second: the whole of it may be higher than the screen.
// What it says of the client since is seen anew.
function onView(entries) {
  for (const { target, isIntersecting } of entries) {
    const id = target.dataset.id;
    if (isIntersecting) above.forget(cards.get(id));
    if (!isIntersecting) continue;
    setTimeout(() => {
      const card = cards.get(id);
      if (!card || known(card) || document.hidden || !inView(target)) return;
      seen.set(id, card.says);
      api.decide(id, "seen").catch(() => seen.delete(id));
    }, 1000);
  }
}

const known = (card) => card.over || seen.get(card.alert.id) === card.says;

function look(card) {
  watcher.unobserve(card.heading);
  watcher.observe(card.heading);
}

// Nobody heard of it, or the page was left before that second was over: a card that still stands there is looked at anew.
function anew() {
  for (const card of cards.values()) if (!known(card)) look(card);
}

function inView(element) {
  const box = element.getBoundingClientRect();
  return box.top < innerHeight && box.bottom > 0;
}

// --- what is said around the cards

function state(now, why = "Your session has ended: sign in again.") {
  $("live").classList.toggle("away", now !== "live");
  $("live").textContent = now === "live" ? "Live" : "Reconnecting";
  if (now === "away" && awaySince === null) {
    awaySince = house.now();
    awayTimer = setTimeout(away, navigator.onLine ? 2500 : 0);
  } else if (now !== "away") {
    clearTimeout(awayTimer);
    awaySince = null;
    $("banner").hidden = true;
  }
  if (now === "live") ask();
  return now === "out" ? door(why) : undefined;
}

function away() {
  const what = navigator.onLine ? "The console has not been reached" : "You have been offline";
  const since = clock(awaySince, house.zones[house.at]);
  $("banner").textContent = `${what} since ${since}. What you see may be old; it catches up by itself.`;
  $("banner").hidden = false;
}

$("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn($("token").value.trim());
});
$("leave").addEventListener("click", async () => {
  if (writing() && !confirm("What you are writing is kept nowhere. Sign out all the same?")) return;
  ring?.close();
  await quiet().catch(() => undefined); // this telephone is silent, whatever the console could be told
  const message = await api.signOut().then(() => "", () => UNTOLD);
  forget();
  await door(message);
});
api.elsewhere(() => live && door("You have signed out in another window."));
notAgain();
addEventListener("beforeunload", (event) => {
  if (writing()) event.preventDefault();
});
for (const moves of ["banner", "silences", "finder"]) sizes.observe($(moves));
$("greeting").tabIndex = -1;
setInterval(tick, 1000);
setInterval(peace, LOOK);
setInterval(anew, LOOK);
navigator.serviceWorker?.addEventListener("message", ({ data, ports: [asks] }) => {
  if (asks) asks.postMessage(Boolean(live) && !cover.on && $("banner").hidden);
  else seek(data.card);
});
if (location.hash.length > 1) {
  wanted = location.hash.slice(1);
  history.replaceState(null, "", "/");
}
desk().catch((problem) => {
  if (problem.status === 401) return door();
  back();
  return door(AWAY);
});

// Whoever is signed in comes to their desk, and who is not to the door as it should be, once the console answers again.
function back() {
  setTimeout(async () => {
    const answers = await api.me().then(() => true, (problem) => problem.status === 401);
    if (live || entering || $("token").value) return undefined;
    return answers ? location.reload() : back();
  }, AGAIN);
}
