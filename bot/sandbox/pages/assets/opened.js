// What somebody opened in the third pane is open when they come back to it, also after the page was loaded again.

const OPENED_MAX = 200;
const opened = new Map(recalled("opened"));

document.addEventListener("toggle", (event) => {
  if (!event.target.matches("#side details[id]")) return;
  opened.delete(event.target.id); // the newest last
  opened.set(event.target.id, event.target.open);
  remember("opened", [...opened].slice(-OPENED_MAX));
}, { capture: true });

export function openAgain(part) {
  for (const one of part.querySelectorAll("#side details[id]")) {
    if (opened.has(one.id)) one.open = opened.get(one.id);
  }
}

function recalled(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? [];
  } catch {
    return []; // a browser that remembers nothing begins anew
  }
}

function remember(name, what) {
  try {
    sessionStorage.setItem(name, JSON.stringify(what));
  } catch {
    // The same browser: until the page is left it is remembered here.
  }
}
