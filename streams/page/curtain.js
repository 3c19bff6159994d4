// A page of records that nobody has touched for a while shows nothing of anybody, until somebody is back.

import { Untouched } from "/untouched.js";
import { button, make } from "/words.js";

// me: who is signed in, as the house says
export function curtain(me) {
  new Untouched(() => document.querySelector(".covered") ?? draw(me.maison)).after(me.cover_after);
}

function draw(house) {
  const [depth, held] = [scrollY, document.activeElement];
  const shown = [...document.body.children].filter((one) => !one.hidden);
  const covered = make("main", "covered");
  const back = button("Back to the page", "second", () => {
    covered.remove();
    for (const one of shown) one.hidden = false;
    scrollTo({ top: depth, behavior: "instant" });
    held.focus({ preventScroll: true });
  });
  const lozenge = make("div", "lozenge");
  lozenge.setAttribute("aria-hidden", "true");
  covered.append(lozenge, make("p", "wordmark", house), back);
  for (const one of shown) one.hidden = true;
  document.body.append(covered);
  back.focus();
}
