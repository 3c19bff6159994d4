// What waits for somebody's word: pairs that may be one client, and records that want repair.

import * as api from "/api.js";
import { curtain } from "/curtain.js";
import { Finder } from "/find.js";
import { Pair } from "/pairs.js";
import { Flawed } from "/repairs.js";
import { button, presented, sayUnread } from "/words.js";

const $ = (id) => document.getElementById(id);
let house = null;

async function look() {
  try {
    const me = await api.me();
    house = { people: me.people, articles: me.articles, zones: me.zones, sites: me.sites, at: Object.keys(me.sites)[0] ?? "" };
    $("house").textContent = me.maison;
    $("me").textContent = presented(me);
    $("find").hidden = false;
    curtain(me);
    $("said").textContent = "Each record that you open is in the audit.";
  } catch (problem) {
    sayUnread($("said"), problem);
    return;
  }
  const paired = new Set();
  await fill("pairs", "No pair waits.", async () => {
    const { held, complete } = await api.held();
    held.flatMap((one) => one.clients).forEach((client) => paired.add(client.id));
    return [held.map((one) => new Pair(one, house)), complete ? "" : "There are more: they come as these are answered."];
  });
  await fill("repairs", "No record wants repair.", async () => {
    const asked = ({ kind, field }) => kind === "duplicate" && paired.has(field); // above
    const { clients, complete } = await api.flawed();
    const ours = clients.map((one) => ({ ...one, wrong: one.wrong.filter((wrong) => !asked(wrong)) }));
    return [
      ours.filter((one) => one.wrong.length).map((one) => new Flawed(one, house)),
      complete ? "" : "There may be more: they come as these are repaired.",
    ];
  });
}

async function fill(id, nothing, read) {
  const section = $(id);
  const said = section.querySelector(".said");
  section.hidden = false;
  said.textContent = "Reading …";
  try {
    const [cases, more] = await read();
    section.querySelector(".cases").replaceChildren(...cases.map((one) => one.element));
    said.textContent = cases.length ? more : nothing;
  } catch (problem) {
    sayUnread(said, problem);
    const cases = section.querySelector(".cases");
    cases.replaceChildren(button("Read it again", "choice", () => fill(id, nothing, read).then(() => cases.focus())));
  }
}

new Finder($("find"), $("finder"), () => house);
look();
