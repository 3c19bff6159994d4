// How times and people are said, and set.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const initial = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

// Nothing of a form, or a button alone, is pressed again before what it does is done. It keeps the focus, which one that
// is disabled loses: whoever has no pointer would begin at the head of the page again.
export async function once(pressed, act) {
  if (pressed.ariaDisabled) return;
  pressed.ariaDisabled = "true";
  try {
    await act();
  } finally {
    pressed.ariaDisabled = null;
  }
}

export function button(text, className, act) {
  const made = make("button", `button ${className}`, text);
  made.type = "button";
  made.addEventListener("click", () => once(made.form ?? made, act));
  return made;
}

// The one line at the head of a form that says what has become of it.
export function tell(form, text) {
  form.querySelector('[role="status"]')?.remove();
  const line = make("p", "", text);
  line.setAttribute("role", "status");
  const heading = form.querySelector("h4");
  if (heading) heading.after(line);
  else form.prepend(line);
}

// A line may break between two of them and not within one.
export const presented = (me) =>
  [me.name, ...Object.values(me.sites)].slice(0, 3).map((name) => name.replaceAll(" ", "\u00a0")).join("\u00a0\u00b7 ");

// What the server says of itself, or that it could not be reached. What stands on the page is lost to whoever
// leaves it to sign in.
export const answered = ({ status, message }) =>
  status === 401 ? `${message} In another window: then press again here.` : message;
export const unsaved = (problem) => (problem.status ? answered(problem) : "This could not be saved. Please try again.");
export const unread = (problem) => (problem.status ? answered(problem) : "This could not be read. Please try again.");

// Says in an element what could not be read, and to whoever is signed in no more, where the door is.
export function sayUnread(said, problem) {
  if (problem.status === 401) said.replaceChildren(`${problem.message} `, home("Sign in"));
  else said.replaceChildren(unread(problem));
}

export function home(text) {
  const link = make("a", "", text);
  link.href = "/";
  return link;
}

export function label(text, control) {
  const made = make("label", "", text);
  made.append(control);
  return made;
}

// Rows of [what, texts]; one that has nothing to tell is left out.
export function evidence(rows) {
  const list = make("dl", "evidence");
  for (const [what, texts] of rows) {
    if (texts.length) list.append(make("dt", "", what), make("dd", "", initial(texts.join(" \u00b7 "))));
  }
  return list;
}

// A sheet beneath a heading.
export function section(title, ...content) {
  const made = make("section");
  made.setAttribute("aria-label", title);
  const sheet = make("div", "case");
  sheet.append(...content);
  made.append(make("h2", "", title), sheet);
  return made;
}

// A list that is opened when it is wanted; of each entry what comes first is its head.
export function log(title, entries) {
  const made = make("details", "log");
  const list = make("ol");
  for (const texts of entries) {
    const item = make("li");
    item.append(...texts.map((text) => make("p", "", text)));
    list.append(item);
  }
  made.append(make("summary", "", title), list);
  return made;
}

export const count = (number, one, many = `${one}s`) => `${number || "no"} ${number === 1 ? one : many}`;

// Sentences follow one another; mere words are set apart.
export const inOneLine = (parts) =>
  parts.map((part, index) => part + (index === parts.length - 1 ? "" : /[.!?。]$/.test(part) ? " " : " · "));

export const KINDS = {
  client_id: "client number", loyalty_id: "loyalty number", guest_id: "guest number", card: "client card",
  email: "e-mail", phone: "telephone number", app_user: "account of the app", whatsapp: "WhatsApp number",
};

export const ON = {
  whatsapp: "On WhatsApp", messenger: "On Messenger", instagram: "On Instagram", wechat: "On WeChat", weibo: "On Weibo",
  line: "On LINE", kakaotalk: "On KakaoTalk", sms: "By SMS", email: "By e-mail", phone: "By telephone",
  app: "In the app", mail: "By post",
};

// How to reach a client of one's book, and what would have come of it.
export function how({ contact, channel, success }) {
  if (!contact) return "";
  return [ON[channel], success && `Success: ${success[0].toLowerCase()}${success.slice(1)}`].filter(Boolean).join(" · ");
}

// Until then the evening before goes on: whoever is up at half past midnight has not slept yet.
const DAWN = 5;
const OPENS = 9;

// To make a format takes a browser far longer than to use it, and each card asks for its times every second.
const formats = new Map();

function told(moment, locale, options) {
  const key = JSON.stringify([locale, options]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, options));
  return formats.get(key).format(new Date(moment));
}

// Hours and minutes of the day at a place.
const dial = (moment, zone) =>
  told(moment, "en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).split(":").map(Number);

export function greeting(name, now, zone) {
  const [hour] = dial(now, zone);
  const part = hour < DAWN || hour >= 18 ? "evening" : hour < 12 ? "morning" : "afternoon";
  return `Good ${part}, ${name.split(" ")[0]}`;
}

// What a countdown shows: what is awaited, else what is left to act.
export function countdown(alert, now, zone) {
  const due = alert.due ? Date.parse(alert.due) : null;
  if (due !== null && due > now) return [length(due - now), `at ${clock(due, zone, now)}`, due - now <= 5 * MINUTE];
  if (due !== null) return ["now", `expected at ${clock(due, zone, now)}`, true];
  const left = Date.parse(alert.valid_to) - now;
  if (left <= 0) return ["past", "its time", true];
  return [length(left), "left", left <= 5 * MINUTE];
}

// Hours and days that are whole: nobody is promised half a day more than there is.
export function length(milliseconds) {
  if (milliseconds < MINUTE) return `${Math.ceil(milliseconds / 1000)} s`;
  if (milliseconds < 2 * HOUR) return `${Math.ceil(milliseconds / MINUTE)} min`;
  if (milliseconds < 48 * HOUR) return `${Math.floor(milliseconds / HOUR)} h`;
  return `${Math.floor(milliseconds / (24 * HOUR))} days`;
}

export function share(alert, now) {
  const from = Date.parse(alert.valid_from);
  const to = Date.parse(alert.due ?? alert.valid_to);
  return Math.max(0, Math.min(1, (to - now) / Math.max(1, to - from)));
}

const LANGUAGES = new Intl.DisplayNames("en", { type: "language" });

// A tag as a system wrote it, of which some are none: fr_FR, or français.
export function spoken(tag) {
  try {
    return LANGUAGES.of(tag.replaceAll("_", "-"));
  } catch {
    return tag;
  }
}

// In the time of the place that the alert is about, as its words are.
export function clock(moment, zone, now = moment) {
  const day = (at) => told(at, "en", { timeZone: zone });
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  if (day(moment) !== day(now)) options.weekday = "short";
  return told(moment, "en-GB", options);
}

// With the year and the zone, where it is to prove something.
export const instant = (moment) =>
  new Date(moment).toLocaleString("en-GB", {
    day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
  });

// Without the year: of a birthday it is nobody's business.
export const day = (moment, zone) =>
  new Date(moment).toLocaleDateString("en-GB", { day: "numeric", month: "long", timeZone: zone });

// The morning after the night that comes, or that is passing, at a place: what it is called, and when it is.
export function morning(now, zone) {
  const [hour, minute] = dial(now, zone);
  const ahead = (hour < DAWN ? 0 : 24) + OPENS - hour;
  const about = now - now % MINUTE + ahead * HOUR - minute * MINUTE;
  const [there] = dial(about, zone); // an hour off where a summer or a winter begins in between
  return [hour < DAWN ? "This morning" : "Tomorrow morning", about + (OPENS - there) * HOUR];
}
