// The service worker: wakes for a message of the house while nobody has its page open, and says that somebody is
// needed. On a screen that is locked anybody reads it: it names the house, and until when. It serves no files.

const HOUR = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY = 86_400_000;
const PATIENCE = 500;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(ring(event.data.json())));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.card));
});

// A browser wants something shown for whatever wakes it: what is over is said without a sound in place of what rang.
// Where nothing stands any more, or a page shows its cards, which says all this itself, it goes at once.
async function ring({ house, card, until, over = false }) {
  const visible = (await desks()).filter((page) => page.visibilityState === "visible");
  const seen = (await Promise.all(visible.map(shows))).includes(true);
  const rang = over && (await shown(card)).length > 0;
  const silent = over || seen;
  await self.registration.showNotification(house, {
    body: over ? "No longer needed." : `Somebody needs you${by(until)}.`,
    tag: card,
    data: { card },
    silent,
    renotify: !silent,
  });
  if (seen || (over && !rang)) for (const notice of await shown(card)) notice.close();
}

// Nobody is before a page that has covered itself; one that gives no answer shows nothing either.
function shows(page) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((answered) => {
    port1.onmessage = ({ data }) => answered(data);
    setTimeout(() => answered(false), PATIENCE);
    page.postMessage(null, [port2]);
  });
}

const shown = (card) => self.registration.getNotifications({ tag: card });

// By the clock of this telephone; what holds for days hurries nobody.
function by(until) {
  return until - Date.now() < DAY ? `, until ${new Date(until).toLocaleTimeString("en-GB", HOUR)}` : "";
}

async function open(card) {
  const [page] = await desks();
  if (!page) return self.clients.openWindow(`/#${card}`);
  page.postMessage({ card });
  return page.focus();
}

async function desks() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return pages.filter((page) => new URL(page.url).pathname === "/");
}
