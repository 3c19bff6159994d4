// A page of records that nobody has touched for a while shows nothing of anybody, until somebody is back.

import * as api from "/api.js";
import { notAgain } from "/back.js";
import { Untouched } from "/untouched.js";
import { button, make, sayUnread } from "/words.js";

// me: who is signed in, as the house says
export function curtain(me) {
  api.shows(me);
  const cover = () => document.querySelector(".covered") ?? draw(me);
  new Untouched(cover).after(me.cover_after);
  api.elsewhere(cover);
  notAgain();
}

function draw(me) {
  const [depth, held] = [scrollY, document.activeElement];
  const shown = [...document.body.children].filter((one) => !one.hidden);
  const covered = make("main", "covered");
  const said = make("p", "lede");
  said.setAttribute("role", "status");
  const back = button("Back to the page", "second", async () => {
    try {
      if (!api.isShown(await api.me())) return location.reload();
    } catch (problem) {
      return sayUnread(said, problem);
    }
    covered.remove();
    for (const one of shown) one.hidden = false;
    scrollTo({ top: depth, behavior: "instant" });
    return held.focus({ preventScroll: true });
  });
  const lozenge = make("div", "lozenge");
  lozenge.setAttribute("aria-hidden", "true");
  covered.append(lozenge, make("p", "wordmark", me.maison), said, back);
  for (const one of shown) one.hidden = true;
  document.body.append(covered);
  back.focus();
}
