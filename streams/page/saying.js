// What is said around the cards, for a moment: read aloud, or at the foot of the page.

import { make } from "/words.js";

const WHILE = 4000;
const AT_ONCE = 250;
const MOST = 3;
const $ = (id) => document.getElementById(id);
let together = [];

// What comes at once, as where a desk opens, is counted: nobody listens to two hundred names before they may begin.
export function announce(text) {
  if (together.push(text) > 1) return;
  setTimeout(() => {
    const lines = together.length > MOST ? [`${together.length} cards have come or changed.`] : together;
    together = [];
    for (const line of lines) say($("announcer"), line);
  }, AT_ONCE);
}

export const toast = (text) => say($("toasts"), text, "toast");

// What was just said may be said no more.
export function hush() {
  together = [];
  for (const place of [$("announcer"), $("toasts")]) place.replaceChildren();
}

// On a screen that is covered nothing is said.
function say(place, text, className) {
  if (!$("covered").hidden) return;
  const line = make("p", className, text);
  place.append(line);
  setTimeout(() => line.remove(), WHILE);
}
