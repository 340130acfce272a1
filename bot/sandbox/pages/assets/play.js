// Keeps the page fresh and saves reloading it. The page works without: forms are forms, links are links.
import { follow as keepEnd, offerNewer, toEnd, wasAtEnd } from "./ends.js";
import { morph } from "./morph.js";
import { openAgain } from "./opened.js";

const SAY_PAUSE_MILLISECONDS = 1500;
const AGES_MILLISECONDS = 20000;
const FRESH_MILLISECONDS = 3000;
const SAID_AT_ONCE_MAX = 3;
const root = document.documentElement;

// --- Which part of the page is which ----------------------------------------------------------------

const paneOf = (name) => document.querySelector(`[data-pane="${name}"]`);
const panes = () => [...document.querySelectorAll("[data-pane]")];
const hears = (pane, sources) => pane.dataset.hears.split(" ").some((one) => sources.includes(one));

function addressOf(name) {
  const query = new URLSearchParams(location.search);
  if (location.pathname !== "/") query.set("page", location.pathname);
  query.delete("theme");
  const onPage = location.pathname.match(/^\/github\/([^/]+\/[^/]+)\/pull\/(\d+)$/);
  if (onPage) {
    query.set("repository", onPage[1]);
    query.set("pull", onPage[2]);
  }
  const channel = location.pathname.match(/^\/slack\/([^/]+)$/);
  if (channel) query.set("channel", channel[1]);
  return `/panes/${name}?${query}`;
}

// --- Fresh panes: one request under way and one waiting for each ---------------------------------------

const states = new Map();

async function refresh(name) {
  const state = states.get(name) ?? { tag: "", address: "", busy: false, again: false };
  states.set(name, state);
  if (state.busy) {
    state.again = true;
    return;
  }
  state.busy = true;
  do {
    state.again = false;
    try {
      await fetchPane(name, state);
    } catch {
      setLive(false); // the stream comes back by itself, and then everything is fetched again
    }
  } while (state.again);
  state.busy = false;
}

async function fetchPane(name, state) {
  const address = addressOf(name);
  const headers = state.tag && state.address === address ? { "if-none-match": state.tag } : {};
  const reply = await fetch(address, { headers, cache: "no-store" });
  if (reply.status !== 200) return;
  const html = await reply.text();
  if (address !== addressOf(name)) return; // somebody went on meanwhile; that fetches again
  const moved = state.address !== "" && state.address !== address;
  state.tag = reply.headers.get("etag") ?? "";
  state.address = address;
  show(name, html, moved);
}

function show(name, html, moved) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
  const old = paneOf(name);
  if (!fresh || !old) return;
  const followed = [...old.querySelectorAll("[data-stick]")].filter(wasAtEnd).map((one) => one.id);
  const botWas = old.dataset.bot;
  morph(old, fresh, {
    onNew: (element) => welcome(element, name, moved),
    onSaid: (element) => moved || say(element.dataset.say),
  });
  for (const body of old.querySelectorAll("[data-stick]")) {
    if (moved || followed.includes(body.id)) toEnd(body);
    keepEnd(body);
  }
  openAgain(old);
  showFold();
  if (old.dataset.bot === "there" && botWas === "away") styleAgain();
}

function welcome(element, name, moved) {
  if (element.hasAttribute("data-modal")) enter(element);
  if (moved) return;
  const saying = [...(element.dataset.say ? [element] : []), ...element.querySelectorAll("[data-say]")];
  for (const one of saying) {
    mark(one);
    say(one.dataset.say);
  }
  if (!saying.length) return;
  markJump(name);
  const body = element.closest("[data-stick]");
  if (body?.offsetParent && !wasAtEnd(body)) offerNewer(body, true);
}

// A form that opened takes the focus: its first field, or its title while it is still being filled.
function enter(modal) {
  (modal.querySelector("input:not([type=hidden]), select, textarea") ?? modal.querySelector("h3")).focus();
}

// The bot's style could not be fetched while it was away.
function styleAgain() {
  const link = document.getElementById("story-style");
  if (link) link.href = `/static/story.css?${Date.now()}`;
}

function mark(element) {
  element.classList.add("fresh");
  setTimeout(() => element.classList.remove("fresh"), FRESH_MILLISECONDS);
}

// --- Said to those who do not see it, a few at a time ----------------------------------------------

let toSay = [];
let saying = 0;

function say(text) {
  if (!text || toSay.includes(text)) return;
  toSay.push(text);
  saying ||= setTimeout(sayNow, SAY_PAUSE_MILLISECONDS);
}

function sayNow() {
  saying = 0;
  const more = toSay.length - SAID_AT_ONCE_MAX;
  const sentences = toSay.slice(0, SAID_AT_ONCE_MAX).map((one) => one.replace(/[.\s]+$/, ""));
  document.getElementById("news").textContent = sentences.join(". ") + (more > 0 ? `. And ${more} more.` : ".");
  toSay = [];
}

// --- The stream ------------------------------------------------------------------------------------

let stream = null;

function listen() {
  stream = new EventSource("/changes");
  stream.onopen = () => {
    setLive(true);
    panes().forEach((pane) => refresh(pane.dataset.pane));
  };
  stream.onerror = () => setLive(false);
  stream.onmessage = (event) => {
    const sources = event.data.split(" ");
    panes().filter((pane) => hears(pane, sources)).forEach((pane) => refresh(pane.dataset.pane));
  };
}

function setLive(isLive) {
  const state = document.getElementById("live-state");
  if (!state || state.classList.contains("off") === !isLive) return;
  state.textContent = isLive ? "Live" : "The demo has ended. Waiting for it";
  state.classList.toggle("off", !isLive);
  root.classList.toggle("demo-ended", !isLive);
}

// A page that nobody sees holds no connection: browsers allow six for each address.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else if (!stream) {
    listen();
  }
});

// --- Forms and links without reloading ---------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  const isLook = form.method === "get" && form.hasAttribute("data-look");
  if (form.method !== "post" && !isLook) return;
  event.preventDefault();
  if (isLook) go(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
  else send(form, event.submitter);
});

async function send(form, submitter) {
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const fields = new URLSearchParams(new FormData(form, submitter));
  const name = form.closest("[data-pane]")?.dataset.pane ?? "github";
  try {
    const reply = await fetch(form.action, { method: "POST", body: fields, headers: { "x-by-script": "yes" } });
    const kind = reply.headers.get("content-type") ?? "";
    const answer = kind.startsWith("application/json") ? await reply.json() : { trouble: await reply.text() };
    settle(form, name, answer);
  } catch {
    complain(name, "The demo did not answer. It may have ended.");
  }
  delete form.dataset.busy;
}

function settle(form, name, answer) {
  complain(name, answer.trouble ?? "");
  if (answer.trouble) return;
  const asked = form.elements.look?.value;
  form.reset();
  form.querySelectorAll("details[open]").forEach((one) => (one.open = false));
  form.closest("details.menu")?.removeAttribute("open");
  paneOf(name)?.querySelectorAll("[data-stick]").forEach(toEnd);
  if (answer.go && answer.go !== asked) go(answer.go);
  refresh(name);
}

function complain(name, text) {
  const place = document.getElementById(`${name}-trouble`);
  if (!place) return;
  place.replaceChildren();
  if (!text) return;
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  place.append(paragraph);
}

function go(address) {
  if (new URL(address, location).pathname !== location.pathname) {
    location.assign(address);
    return;
  }
  history.pushState(null, "", address);
  panes().forEach((pane) => refresh(pane.dataset.pane));
}

addEventListener("popstate", () => panes().forEach((pane) => refresh(pane.dataset.pane)));

document.addEventListener("change", (event) => {
  if (event.target.id === "theme-choice") chooseTheme(event.target.value);
  if (event.target.matches("form[data-look] select")) event.target.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) && event.button === 0;
  if (link && plain && follow(link)) event.preventDefault();
  const chip = event.target.closest("[data-write]");
  if (chip) write(chip.dataset.write, chip.textContent);
  if (event.target.closest("[data-newer]")) event.target.closest("[data-pane]").querySelectorAll("[data-stick]").forEach(toEnd);
  if (event.target.closest("[data-shut]")) shut(event.target.closest("details"));
  if (event.target.closest("[data-fold]")) fold(!isUnfolded);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Whether the link was followed here: another view of this page, a pull request, a message.
function follow(link) {
  const target = new URL(link.href);
  if (target.origin !== location.origin) return false;
  if (link.hasAttribute("data-look")) {
    link.closest("details.menu")?.removeAttribute("open");
    if (target.search !== location.search || target.pathname !== location.pathname) go(target.pathname + target.search);
    document.getElementById(link.dataset.then)?.focus();
    if (target.searchParams.get("subject")) showPane("side");
  }
  if (link.dataset.show) showPane(link.dataset.show);
  if (link.dataset.show || link.hasAttribute("data-look")) return true;
  return location.pathname === "/" && followIntoPane(target);
}

function followIntoPane(target) {
  const pull = target.pathname.match(/^\/github\/([^/]+\/[^/]+)\/pull\/(\d+)$/);
  const message = target.pathname.match(/^\/slack\/archives\/([^/]+)\/p(\d+)(\d{6})$/);
  if (!pull && !message) return false;
  const query = new URLSearchParams(location.search);
  if (pull) {
    query.set("repository", pull[1]);
    query.set("pull", pull[2]);
    go(`/?${query}`);
    showPane("github");
    return true;
  }
  query.set("channel", message[1]);
  go(`/?${query}`);
  showPane("slack");
  const found = document.getElementById(`m${message[2]}.${message[3]}`);
  for (let inside = found; inside; inside = inside.parentElement.closest("details")) inside.open = true;
  found?.scrollIntoView({ block: "center" });
  if (found) mark(found);
  return true;
}

function shut(question) {
  question.open = false;
  question.querySelector("summary").focus();
}

// A question that opens at the lower end can be read at once.
document.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches("details.sure")) target.scrollIntoView({ block: "nearest" });
}, { capture: true });

// In a narrow window the tour is one line until somebody wants to read it.
let isUnfolded = false;

function fold(isToBeRead) {
  isUnfolded = isToBeRead;
  showFold();
}

function showFold() {
  document.querySelector("[data-fold]")?.setAttribute("aria-expanded", String(isUnfolded));
}

function write(id, text) {
  const field = document.getElementById(id);
  if (!field) return;
  field.value = text;
  field.focus();
}

// --- Narrow windows show one pane at a time -----------------------------------------------------------

function showPane(name, isPointed = true) {
  document.body.dataset.shown = name;
  for (const jump of document.querySelectorAll(".jumps [data-show]")) {
    const isShown = jump.dataset.show === name;
    if (isShown) jump.setAttribute("aria-current", "true");
    else jump.removeAttribute("aria-current");
    if (isShown) jump.classList.remove("news");
  }
  const pane = name === "side" ? document.getElementById("side") : paneOf(name);
  if (isPointed) pane?.querySelectorAll("[data-stick]").forEach(toEnd);
  pane?.classList.remove("pointed");
  if (isPointed) requestAnimationFrame(() => pane?.classList.add("pointed"));
}

function markJump(name) {
  const jump = document.querySelector(`.jumps [data-show="${name}"]`);
  if (jump && document.body.dataset.shown !== name) jump.classList.add("news");
}

// --- Keys and colours ------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.target.form.requestSubmit(event.target.form.querySelector("button.primary"));
  }
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else {
    document.querySelector("[data-modal] [data-close]")?.click();
  }
});

function chooseTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // A browser that remembers nothing follows the system next time.
  }
}

// How long ago something was, the bot writes into its story; so it is asked again now and then.
setInterval(() => document.hidden || panes().filter((pane) => hears(pane, ["story"])).forEach((pane) => refresh(pane.dataset.pane)), AGES_MILLISECONDS);

// --- Begin -------------------------------------------------------------------------------------------

const themeChoice = document.getElementById("theme-choice");
if (themeChoice) themeChoice.value = root.dataset.theme ?? "";
if (document.querySelector(".jumps")) showPane("github", false);
document.querySelectorAll("[data-stick]").forEach((body) => {
  toEnd(body);
  keepEnd(body);
});
openAgain(document);
const modal = document.querySelector("[data-modal]");
if (modal) enter(modal);
listen();
