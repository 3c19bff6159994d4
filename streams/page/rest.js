// What has just moved under a finger, or says something else now, is not what the finger was on its way to: for a
// moment it can't be tapped, and the second tap of two never hits what the first has not. Keys go on, for what has the
// focus keeps it.

const REST = 300;
let tapped = null;
const resting = new Map();

export function rest(element) {
  clearTimeout(resting.get(element));
  element.setAttribute("aria-disabled", "true");
  resting.set(element, setTimeout(() => {
    resting.delete(element);
    element.removeAttribute("aria-disabled");
  }, REST));
}

document.addEventListener("click", (event) => {
  const strayed = event.detail > 1 && event.target !== tapped;
  tapped = event.target;
  if (!strayed && (event.detail === 0 || !event.target.closest('[aria-disabled="true"]'))) return;
  event.preventDefault();
  event.stopPropagation();
}, true);
