// What stood on a page that was left is not brought back by the browser's own button: whoever was signed in may have left.

export function notAgain() {
  addEventListener("pagehide", ({ persisted }) => (document.body.hidden = persisted));
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}
