// Refreshes the part of the page that changes, whenever the simulation does. Without this script the page still
// works: there is a Refresh link. What somebody has typed, opened or focused stays as it is.
"use strict";

const PAUSE_MILLISECONDS = 150;
let timer = 0;
let shown = "";

function remembered(region) {
  const fields = [...region.querySelectorAll("textarea[id], input[id]:not([type=hidden]), select[id]")];
  return {
    focus: region.contains(document.activeElement) ? document.activeElement.id : "",
    values: fields.map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value]),
    open: [...region.querySelectorAll("details[id]")].map((one) => [one.id, one.open]),
  };
}

function restore(state) {
  for (const [id, value] of state.values) {
    const field = document.getElementById(id);
    if (field) field[field.type === "checkbox" ? "checked" : "value"] = value;
  }
  for (const [id, open] of state.open) {
    const details = document.getElementById(id);
    if (details) details.open = open;
  }
  const focused = state.focus && document.getElementById(state.focus);
  if (focused) focused.focus({ preventScroll: true });
}

async function refresh() {
  const region = document.getElementById("live");
  const reply = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
  if (!reply.ok || !region) return;
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html").getElementById("live");
  if (!fresh || fresh.innerHTML === shown) return;
  const isFirst = shown === "";
  shown = fresh.innerHTML;
  const state = remembered(region);
  region.replaceChildren(...fresh.childNodes);
  restore(state);
  if (!isFirst) document.getElementById("news").textContent = "Updated.";
}

// One refresh for many changes, but never later than the pause: a steady stream of news must not hold it up.
new EventSource("/changes").onmessage = () => {
  timer ||= setTimeout(() => {
    timer = 0;
    refresh();
  }, PAUSE_MILLISECONDS);
};
