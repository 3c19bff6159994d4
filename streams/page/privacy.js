// A client's rights, for whoever answers for them: who it is, what they allow, who looked, an export, the erasure.

import * as api from "/api.js";
import { curtain } from "/curtain.js";
import { allowed, known, looks, reading } from "/dossier.js";
import { entering } from "/entering.js";
import { Question } from "/find.js";
import { Hour } from "/hour.js";
import { erasing, exporting, receipt, receiptAgain } from "/rights.js";
import { home, make, sayUnread } from "/words.js";

const MORE = [
  ["whatsapp", "WhatsApp number, with the country code", "tel"],
  ["app_user", "Account of the app", "text"],
  ["oid", "Reference, as on a receipt", "text", "\\s*[A-Za-z0-9_\\-]{16}\\s*", "16 letters, digits, - or _, as on the receipt"],
];
const $ = (id) => document.getElementById(id);
const unsaved = new Set();
const hour = new Hour();
let house = null;

async function arrive() {
  try {
    const me = await hour.by(api.me);
    $("house").textContent = me.maison;
    $("me").textContent = me.name;
    $("leave").hidden = false;
    if (me.role !== "privacy") return $("said").replaceChildren(`This page is for the role privacy, and yours is ${me.role}. `, home("Back to the desk"));
    house = { people: me.people, articles: me.articles, zones: me.zones };
    curtain(me);
  } catch (problem) {
    return sayUnread($("said"), problem);
  }
  $("said").textContent = "Whom you look up, and what you read, enter, export or erase, is in the audit with your name.";
  $("finder").hidden = $("records").hidden = false;
  $("finder").append(question.form, make("p", "", "Look up each thing they gave: what is not linked is found by itself alone."));
  return question.focus();
}

// Of a client who was looked up before, what comes late is not shown, and nothing more is read.
async function open(who) {
  const made = make("div");
  const said = make("p", "said", "Reading \u2026");
  said.setAttribute("role", "status");
  made.append(said);
  $("client").replaceChildren(made);
  try {
    const client = await api.lookup(who);
    if (!made.isConnected) return;
    const allows = make("div");
    const read = () => allows.replaceChildren(reading("What they allow", () => allowed(client)));
    read();
    made.replaceChildren(
      known(client, house),
      allows,
      entering(client, hour, read),
      reading("Who has looked", () => looks(client.id, house)),
      exporting(client),
      erasing(client, (heard, file) => erase(client.id, heard, file)),
    );
    made.firstChild.focus();
  } catch (problem) {
    sayUnread(said, problem);
    if (problem.status === 404) said.append(" Try something else they gave.");
    if (problem.status === 404 && who.oid) made.append(...erasedBefore(who.oid));
  }
}

// The audit and the receipt outlive the client, under the reference.
const erasedBefore = (id) => [
  reading("Who has looked", () => looks(id, house)),
  receiptAgain((heard) => erase(id, heard)),
];

// Nobody else is looked up meanwhile: the receipt comes to this page alone.
async function erase(id, heard, file) {
  $("finder").inert = true;
  try {
    const erasure = await api.erase(id, file, heard);
    unsaved.add(erasure);
    const made = receipt(erasure, house, () => unsaved.delete(erasure));
    question.clear();
    $("client").replaceChildren();
    $("receipts").prepend(made);
    made.focus();
  } finally {
    $("finder").inert = false;
  }
}

const question = new Question(open, MORE);
// A receipt that is still to come, or to be saved, goes with the page; who has signed out is told none any more.
const owed = () => $("finder").inert || unsaved.size > 0;
$("leave").addEventListener("click", async () => {
  if (owed() && !confirm("The receipt is not saved yet. Sign out all the same?")) return;
  $("finder").inert = false;
  unsaved.clear();
  await api.signOut().catch(() => undefined);
  location.assign("/");
});
addEventListener("beforeunload", (event) => {
  if (owed()) event.preventDefault();
});
arrive();
