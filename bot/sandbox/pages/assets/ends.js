// Whoever reads the newest keeps reading the newest; whoever went up is told that there is something newer.

const NEAR_END_PIXELS = 48;

// In a narrow window the whole page scrolls, and with it what is shown of it.
function scrollerOf(body) {
  return getComputedStyle(body).overflowY === "auto" ? body : document.scrollingElement;
}

function isAtEnd(body) {
  const { scrollHeight, scrollTop, clientHeight } = scrollerOf(body);
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PIXELS;
}

// Whoever saw the end sees it also after the banner or the tour took some of the room: what was so before counts.
const atEnd = new WeakMap();
export const wasAtEnd = (body) => atEnd.get(body) ?? isAtEnd(body);
const layout = new ResizeObserver((changes) => {
  for (const { target } of changes) if (scrollerOf(target) === target && wasAtEnd(target)) toEnd(target);
});

export function toEnd(body) {
  if (body.offsetParent === null) return;
  const scroller = scrollerOf(body);
  scroller.scrollTop = scroller.scrollHeight;
  noteEnd(body, true);
}

function noteEnd(body, isThere) {
  atEnd.set(body, isThere);
  if (isThere) offerNewer(body, false);
}

function noteEnds() {
  for (const body of document.querySelectorAll("[data-stick]")) if (body.offsetParent) noteEnd(body, isAtEnd(body));
}

export function offerNewer(body, isOffered) {
  const chip = body.closest("[data-pane]")?.querySelector("[data-newer]");
  if (chip) chip.hidden = !isOffered;
}

document.addEventListener("scroll", noteEnds, { capture: true, passive: true });

document.addEventListener("toggle", noteEnds, { capture: true });

// From now on this part keeps showing its end whenever it did before something took or gave room.
export function follow(body) {
  layout.observe(body);
}
