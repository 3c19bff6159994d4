// Where cards stand: by whose they are and how soon they want somebody, and who comes before whom.

export const PLACES = ["now", "next", "book", "later", "others"];
export const OURS = ["now", "next", "book"];

// Most urgent first, unanswered before answered, who is here (the latest first) before who is awaited (the next first).
export function before(a, b) {
  const [x, y] = [a.alert, b.alert];
  const due = (alert) => (alert.due ? Date.parse(alert.due) : 0);
  return (
    y.escalated - x.escalated || y.urgency - x.urgency || x.accepted - y.accepted || due(x) - due(y) ||
    Date.parse(y.valid_from) - Date.parse(x.valid_from) || (x.id < y.id ? -1 : 1)
  );
}

// Brings a section's cards in order and moves as few as that takes: those in `moving`, slots on their way, and those
// that fold away stand in nobody's. The cards that were moved, each with the section that it came from.
export function fill(section, here, moving) {
  const into = section.querySelector(".cards");
  const passing = (slot) => moving.has(slot) || slot.classList.contains("leaving");
  const moved = [];
  let previous = null;
  for (const card of here) {
    let next = previous ? previous.nextSibling : into.firstChild;
    while (next && next !== card.slot && passing(next)) next = next.nextSibling;
    if (card.slot !== next) {
      moved.push([card, card.slot.closest("section")?.id]);
      move(card, into, next);
    }
    previous = card.slot;
  }
  section.hidden = here.length === 0;
  return moved;
}

function move(card, into, next) {
  const focused = card.slot.contains(document.activeElement) ? document.activeElement : null;
  into.insertBefore(card.slot, next);
  focused?.focus({ preventScroll: true });
}
