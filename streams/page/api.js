// The console's HTTP, by cookie: the header proves that this page, not another site's, is asking.

const PROOF = { "X-Prevenance": "1" };
const TRIES = 4;
const UNANSWERED = 15_000; // the console itself answers sooner, if only that Redis does not
const LEAVING = 3_000; // whoever leaves waits no longer for an answer
const SESSION = "/v1/session";
const ME = "/v1/me";
const LEFT = "left"; // kept by the browser: somebody signed out, and the console does not know yet

let shown = null;

// me: whom this window shows as signed in; in their name it asks, whoever else has signed in since.
export const shows = (me) => {
  shown = me;
};

// Two houses may name their people alike.
export const isShown = ({ staff, house }) => shown !== null && shown.staff === staff && shown.house === house;

export class Problem extends Error {
  constructor(status, body) {
    super(body.error ?? "Something went wrong.");
    this.status = status;
    this.claimedBy = body.claimed_by ?? null;
  }
}

// act(): somebody has signed out in another window.
export const elsewhere = (act) =>
  addEventListener("storage", ({ key, newValue }) => key === LEFT && newValue !== null && act());

const inTheNameOf = (by) => ({
  ...(by && { "X-Prevenance-Shown": encodeURIComponent(by.staff) }),
  ...(by?.house && { "X-Prevenance-House": encodeURIComponent(by.house) }), // a console that is older names none
});

async function asked(method, path, body, signal, by = shown) {
  if (path !== SESSION && localStorage.getItem(LEFT)) await signOut();
  const headers = path === ME ? { ...PROOF } : { ...PROOF, ...inTheNameOf(by) };
  const options = { method, headers, cache: "no-store", signal };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})));
  return response;
}

const of = (oid, what = "") => `/v1/clients/${encodeURIComponent(oid)}${what}`;
const call = async (...request) => (await asked(...request)).json();
const soon = (method, path, body) => call(method, path, body, AbortSignal.timeout(UNANSWERED));

export const me = () => soon("GET", ME);
export const people = async () => (await soon("GET", "/v1/demo/people")).people;

export async function signIn(token) {
  await soon("POST", SESSION, { token });
  localStorage.removeItem(LEFT);
}

// Whoever signs out has left, be the console away: before it is asked for anything else, it is told.
export async function signOut() {
  localStorage.setItem(LEFT, "yes");
  await call("DELETE", SESSION, undefined, AbortSignal.timeout(LEAVING));
  localStorage.removeItem(LEFT);
}

// since: the last event that was heard, else null
export function feed(since, signal) {
  const headers = since === null ? {} : { "Last-Event-ID": since };
  return fetch("/v1/alerts/stream", { headers: { ...headers, ...inTheNameOf(shown) }, cache: "no-store", signal });
}

export const waiting = async () => (await soon("GET", "/v1/alerts")).waiting;

export const decide = (id, verdict, body = {}, heard) =>
  again("POST", `/v1/alerts/${encodeURIComponent(id)}/${verdict}`, body, heard);
export const lift = (oid, action) => again("POST", of(oid, "/again"), { action });
export const note = (oid, body) => again("POST", of(oid, "/notes"), body);

export const client = (oid, at) => soon("GET", of(oid, `?at=${encodeURIComponent(at ?? "")}`));
export const why = (oid, at) => soon("GET", of(oid, `/why?at=${encodeURIComponent(at ?? "")}`));
// What a client is known by goes in the body of a request, never in an address.
export const lookup = (who, at) => soon("POST", "/v1/clients/lookup", { who, at });
export const held = () => call("GET", "/v1/identity/held");
export const judge = (pair, verdict, reason) =>
  again("POST", `/v1/identity/held/${encodeURIComponent(pair)}`, { verdict, reason });
export const flawed = () => call("GET", "/v1/quality");
export const repair = (oid, body) => again("POST", of(oid, "/repair"), body);
export const consent = (oid) => call("GET", of(oid, "/consent"));
export const enter = (oid, body) => again("POST", of(oid, "/consent"), body);
export const audit = (oid) => call("GET", `/v1/audit?client=${encodeURIComponent(oid)}`);
export const exported = (oid) => call("GET", of(oid, "/export"));
export const exportedPage = async (oid) => (await asked("GET", of(oid, "/export?as=page"))).blob();
export const erase = (oid, file, heard) => again("DELETE", of(oid), file ? { case: file } : undefined, heard);
export const experiments = () => call("GET", "/v1/experiments");
export const duty = () => soon("GET", "/v1/duty");
// Not said again by itself: it could overtake what was said since.
export const onDuty = (body) => soon("POST", "/v1/duty", body);
// Said again, it counts once.
export const ring = (body) => soon("POST", "/v1/telephones", body);
export const unring = (id) => call("DELETE", `/v1/telephones/${encodeURIComponent(id)}`, undefined, AbortSignal.timeout(LEAVING));
export const silences = () => soon("GET", "/v1/silence");
export const silence = (body) => again("POST", "/v1/silence", body);

// What is said again here counts once, so a lost answer may be asked for again; `heard` is told
// of each that was, and how many these are.
async function again(method, path, body, heard = () => undefined) {
  const by = shown;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call(method, path, body, AbortSignal.timeout(UNANSWERED), by);
    } catch (problem) {
      const away = !(problem instanceof Problem) || problem.status === 503;
      if (!away || attempt === TRIES || !navigator.onLine) throw problem;
      heard(attempt);
      await new Promise((done) => setTimeout(done, 700 * attempt));
    }
  }
}
