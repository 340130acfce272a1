// Turns a part of the page into a fresher one without disturbing whoever uses it: what has an id is the same thing
// as before; what somebody typed, chose, opened, scrolled or focused stays. Knows nothing of what the page is about.

// What belongs to whoever uses the page, by kind of element.
const UNTOUCHED = { DETAILS: ["open"], INPUT: ["value", "checked"] };
const KEPT_CLASSES = ["fresh", "pointed"];

// Changes `old` into `fresh`; `onNew` is called with each element with an id that was not there, `onSaid` with each
// element that says something else than before. `data-own` is the script's own business, `data-keep` keeps what it
// holds until the server has something to put there.
export function morph(old, fresh, heard) {
  if (old.hasAttribute("data-own") || old.isEqualNode(fresh)) return;
  changeAttributes(old, fresh, heard);
  if (fresh.hasAttribute("data-keep") && !fresh.hasChildNodes()) return;
  if (old instanceof HTMLTextAreaElement) return changeField(old, fresh, "defaultValue", "value");
  if (old instanceof HTMLInputElement) return changeInput(old, fresh);
  const chosen = old instanceof HTMLSelectElement && { now: old.value, before: given(old), then: given(fresh) };
  changeChildren(old, fresh, heard);
  if (chosen) old.value = chosen.before === chosen.then ? chosen.now : chosen.then;
}

function changeAttributes(old, fresh, heard) {
  const said = old.getAttribute("data-say");
  const untouched = UNTOUCHED[old.nodeName] ?? [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !untouched.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (untouched.includes(name) || old.getAttribute(name) === value) continue;
    const kept = name === "class" ? KEPT_CLASSES.filter((one) => old.classList.contains(one)) : [];
    old.setAttribute(name, value);
    old.classList.add(...kept);
  }
  if (old.hasAttribute("data-say") && old.getAttribute("data-say") !== said) heard.onSaid(old);
}

function changeInput(old, fresh) {
  if (old.type === "checkbox" || old.type === "radio") changeField(old, fresh, "defaultChecked", "checked");
  else changeField(old, fresh, "defaultValue", "value");
}

// What the server says counts only where it says something else than before.
function changeField(old, fresh, given, now) {
  if (old[given] === fresh[given]) return;
  const untouched = old[now] === old[given];
  old[given] = fresh[given];
  if (untouched || document.activeElement !== old) old[now] = fresh[given];
}

function given(select) {
  return (select.querySelector("option[selected]") ?? select.options[0])?.value ?? "";
}

function changeChildren(old, fresh, heard) {
  const named = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
  const wanted = new Set([...fresh.children].map((one) => one.id).filter(Boolean));
  let next = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const same = child.id ? named.get(child.id) : nextAlike(next, child, wanted);
    if (!same || same.nodeName !== child.nodeName) {
      old.insertBefore(child, next);
      if (child.id) heard.onNew(child);
      continue;
    }
    if (same === next) next = next.nextSibling;
    else old.insertBefore(same, next);
    if (same.nodeType === Node.ELEMENT_NODE) morph(same, child, heard);
    else if (same.nodeValue !== child.nodeValue) same.nodeValue = child.nodeValue;
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

// The next old child without a name of its own that is of the same kind.
function nextAlike(from, child, wanted) {
  for (let one = from; one; one = one.nextSibling) {
    if (one.id && wanted.has(one.id)) return null;
    if (!one.id && one.nodeName === child.nodeName) return one;
  }
  return null;
}
