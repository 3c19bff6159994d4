// The place where somebody reads: what comes and goes above it does not move it, and what is new there is told.

// Whether anything stands above: kept in mind, for to ask it of the page costs a layout, with each card that comes.
let down = false;
addEventListener("scroll", () => (down = scrollY > 0), { passive: true });

const edge = () => Math.max(0, document.querySelector(".top").getBoundingClientRect().bottom);

// What is read stays under the eye while `change` moves slots. Not every browser sees to that, and none where the very
// thing that it holds on to is moved.
export function steady(change, moving) {
  const back = hold(moving, down);
  const changed = change();
  back();
  return changed;
}

// Called, what is read now is where it was. `far`: whether anything stands above; asked of the page, it is right before
// the browser has told of the scrolling too.
export function hold(moving = new Set(), far = scrollY > 0) {
  const held = far ? read(moving) : null;
  const before = held?.getBoundingClientRect().top;
  return () => {
    if (!held) return;
    if (held.isConnected) scrollBy({ top: held.getBoundingClientRect().top - before, behavior: "instant" });
    down = scrollY > 0;
  };
}

function read(moving) {
  const from = edge();
  const stays = (element) => !moving.has(element) && element.getBoundingClientRect().bottom > from;
  return [...document.querySelectorAll("#greeting, #finder, .slot:not(.leaving)")].find(stays);
}

export class Above {
  #button;
  #cards = new Set();

  // reached(card): somebody went up to it
  constructor(button, reached) {
    this.#button = button;
    button.addEventListener("click", () => {
      const [card] = this.#cards;
      this.#cards.clear();
      this.#tell();
      card.element.scrollIntoView({ block: "start", behavior: "instant" });
      card.element.focus({ preventScroll: true });
      reached(card);
    });
  }

  has(card) {
    return this.#cards.has(card);
  }

  // Cards that have just come, the most urgent first: those that nobody sees where they are are told.
  came(cards) {
    const from = down && cards.length ? edge() : 0;
    const unseen = down ? cards.filter((card) => card.heading.getBoundingClientRect().top < from) : [];
    this.#cards = new Set([...unseen, ...this.#cards].filter((card) => card.place === "now"));
    this.#tell();
  }

  // It was seen, or has gone.
  forget(card) {
    if (this.#cards.delete(card)) this.#tell();
  }

  // What has come, and not to whom: a client may be reading along, and the card says it itself.
  #tell() {
    const [first] = this.#cards;
    this.#button.hidden = !first;
    this.#button.textContent = first ? `${this.#cards.size} new above: ${first.hint}` : "";
  }
}
