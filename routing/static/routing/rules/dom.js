// Small helpers for elements.
let made = 0;

// make("button", {class: "x", text: "Add", onclick: go}, child, …): an element with attributes, handlers and children.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// An id that nothing else on the page has.
export function newId() {
  made += 1;
  return `rule-part-${made}`;
}

// The content of a <script type="application/json">.
export function readJson(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

export function iconButton(icon, label, onclick, attributes = {}) {
  const picture = make("span", {class: "material-symbols-outlined", "aria-hidden": "true", text: icon});
  return make("button", {type: "button", class: "rule-icon", "aria-label": label, title: label, onclick, ...attributes}, picture);
}
