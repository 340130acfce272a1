// Keeps a page up to date: whenever the bot recorded something, the part that changes is fetched again and only
// what is new in it is put into the page, so that what somebody opened, marked or focused stays as it is.
// Without this script the page still works: there is a Refresh link.
"use strict";

(() => {
  const live = document.getElementById("live");
  const state = document.getElementById("state");
  const pause = document.getElementById("pause");
  const news = document.getElementById("news");
  if (!live || !window.EventSource) return;

  let stream = null;
  let heard = false;
  let busy = false;
  let again = false;

  const key = (node) => (node.nodeType === 1 ? node.id || "" : "");
  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && key(one) === key(other);

  // A list item takes its name from what it holds.
  function named(node) {
    if (node.nodeType !== 1) return "";
    return node.id || (node.nodeName === "LI" && node.querySelector(":scope > details[id]")?.id) || "";
  }

  function attributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && name !== "open" && name !== "class") old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  function morph(old, fresh) {
    if (old.nodeType !== 1) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    attributes(old, fresh);
    const byName = new Map();
    for (const child of old.childNodes) {
      const name = named(child);
      if (name) byName.set(name, child);
    }
    let place = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const name = named(wanted);
      let found = name ? byName.get(name) : null;
      if (!found && !name && place && !named(place) && alike(place, wanted)) found = place;
      if (found && found.nodeName === wanted.nodeName) {
        if (found === place) place = place.nextSibling;
        else old.insertBefore(found, place);
        morph(found, wanted);
      } else {
        if (name && wanted.nodeName === "LI") wanted.classList.add("fresh");
        old.insertBefore(wanted, place);
      }
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  function newest(region) {
    return region.querySelector(".stories > li > details[id]:not(.quiet-run)");
  }

  // Of the stories only those that stand open bring their steps; opening one fetches them.
  function address() {
    const url = new URL(location.href);
    const open = [...live.querySelectorAll("details.one[open]")].map((one) => one.id);
    url.searchParams.set("steps", "open");
    url.searchParams.set("open", open.join(","));
    return url;
  }

  async function refresh() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      const reply = await fetch(address(), { headers: { accept: "text/html" } });
      if (reply.status === 401) location.reload();
      if (!reply.ok) throw new Error(String(reply.status));
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const fresh = page.getElementById("live");
      if (!fresh) throw new Error("no live part");
      const before = newest(live)?.id;
      const focused = document.activeElement;
      morph(live, fresh);
      // What was moved to another place loses the focus.
      if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
      const now = newest(live);
      if (now && before && now.id !== before) news.textContent = `New: ${now.querySelector(".said").textContent}`;
      say("Live, last change");
    } catch {
      say("Not up to date: the bot does not answer. Last change");
    } finally {
      busy = false;
      if (again) {
        again = false;
        setTimeout(refresh, 50);
      }
    }
  }

  function say(words) {
    if (!state) return;
    const time = document.createElement("time");
    const moment = new Date();
    time.dateTime = moment.toISOString();
    time.textContent = `${time.dateTime.slice(11, 19)} UTC`;
    state.replaceChildren(`${words} `, time, ".");
  }

  function listen() {
    stream = new EventSource("/story/changes");
    stream.onmessage = () => {
      heard = true;
      refresh();
    };
    stream.onerror = () => {
      if (!heard && stream.readyState === EventSource.CLOSED) {
        // Nothing is told at this address: the page stays as it was when it was loaded.
        stream = null;
        pause.hidden = true;
        document.getElementById("refresh").hidden = false;
        return;
      }
      say("Not up to date: the connection to the bot is lost and is tried again. Since");
      // A browser gives up for good after some answers (401, 503): begin anew.
      if (stream && stream.readyState === EventSource.CLOSED) setTimeout(() => stream && listen(), 3000);
    };
  }

  function rest() {
    stream.close();
    stream = null;
    say("Paused since");
  }

  const units = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  function refreshAges() {
    for (const time of live.querySelectorAll("time.age")) {
      const passed = (Date.now() - Date.parse(time.dateTime)) / 1000;
      const unit = units.find(([size]) => passed >= size);
      const words = unit ? `${Math.floor(passed / unit[0])} ${unit[1]} ago` : "just now";
      if (time.textContent !== words) time.textContent = words;
    }
  }

  setInterval(refreshAges, 1000);
  // In the background a browser seldom lets time pass.
  document.addEventListener("visibilitychange", refreshAges);

  live.addEventListener("toggle", (event) => {
    const story = event.target;
    if (story.matches("details.one[open]") && !story.querySelector(".steps")) refresh();
  }, true);

  pause.hidden = false;
  document.getElementById("refresh").hidden = true;
  pause.addEventListener("click", () => {
    const paused = pause.getAttribute("aria-pressed") === "true";
    pause.setAttribute("aria-pressed", String(!paused));
    pause.textContent = paused ? "Pause updates" : "Go on";
    if (paused) listen();
    else rest();
  });
  listen();
})();
