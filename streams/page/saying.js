// What is said around the cards, for a moment: read aloud, or at the foot of the page.

import { make } from "/words.js";

const WHILE = 4000;
const $ = (id) => document.getElementById(id);

export const announce = (text) => say($("announcer"), text);
export const toast = (text) => say($("toasts"), text, "toast");

// What was just said may be said no more.
export function hush() {
  for (const place of [$("announcer"), $("toasts")]) place.replaceChildren();
}

// On a screen that is covered nothing is said.
function say(place, text, className) {
  if (!$("covered").hidden) return;
  const line = make("p", className, text);
  place.append(line);
  setTimeout(() => line.remove(), WHILE);
}
