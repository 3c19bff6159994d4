// What a panel offers to choose from: until when to be reminded, and why a card is dismissed.

import { make, morning } from "/words.js";

const REASONS = [
  ["Already looked after", "looked_after"],
  ["Not the right moment", "not_now"],
  ["Not right for this client", "not_for_them"],
  ["Client declined", "declined"],
];
const SNOOZES = [
  (now) => ["15 minutes", now + 15 * 60_000],
  (now) => ["1 hour", now + 60 * 60_000],
  morning,
];

const offered = (alert, { now, zones }) => SNOOZES.map((one) => () => one(now(), zones[alert.site]));

// What would be over when it wakes is not offered to sleep, nor who would be at the door by then.
export const sleeps = (alert, house) =>
  offered(alert, house).filter((one) => one()[1] < Date.parse(alert.due ?? alert.valid_to));

// decide(verdict, body)
export const snoozes = (alert, house, decide) =>
  sleeps(alert, house).map((one) =>
    choice(one()[0], () => decide("snoozed", { until: new Date(one()[1]).toISOString() })));

export const reasons = (decide) =>
  REASONS.map(([label, because]) => choice(label, () => decide("dismissed", { because })));

// Not a reason but a wish that lasts: it stands apart and says what it does.
export function never(alert, decide) {
  const made = choice(`Never propose this for ${alert.client.name ?? "this client"}`, () => decide("never"));
  made.className = "button never";
  return made;
}

// Something is wrong with every card of this kind: a manager silences them there, and undoes it above the cards.
export function silenced({ action, site }, { silence, sites }) {
  if (!silence || !(site in sites)) return [];
  const made = choice(`Silence ${action.replaceAll("_", " ")} at ${sites[site]}`, () => silence({ site, action }));
  made.className = "button never";
  return [made];
}

function choice(label, act) {
  const made = make("button", "button choice", label);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}
