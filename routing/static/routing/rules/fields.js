// One input for each described parameter of a condition or an action. What cannot be understood is kept as it was typed:
// the server says what is wrong with it.
import {make, newId} from "./dom.js";
import {modelsField} from "./models.js";

const number = (text) => (/^\s*-?\d+([.,]\d+)?\s*$/.test(text) ? Number(text.trim().replace(",", ".")) : text);
const asText = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

// `values` is changed in place; `changed()` is told. `troubles`: {name of the field: what is wrong}.
export function fieldsOf(described, values, troubles, changed) {
  return described.map((field) => {
    if (values[field.name] === undefined && field.default !== undefined && field.default !== null) {
      values[field.name] = structuredClone(field.default);
    }
    const set = (value) => {
      if (value === "" || value === null) delete values[field.name];
      else values[field.name] = value;
      changed();
    };
    return wrapped(field, troubles[field.name], (extra) => INPUTS[field.type](field, values[field.name], set, extra));
  });
}

function wrapped(field, trouble, input) {
  const id = newId();
  const notes = [field.help && `${id}-help`, trouble && `${id}-error`].filter(Boolean).join(" ");
  const extra = {id, "aria-describedby": notes || null, "aria-invalid": trouble ? "true" : null};
  const grouped = GROUPED.has(field.type);
  const label = make(grouped ? "legend" : "label", {for: grouped ? null : id, text: field.label});
  const help = field.help ? make("small", {id: `${id}-help`, text: field.help}) : null;
  const error = trouble ? make("p", {id: `${id}-error`, class: "rule-error", text: trouble}) : null;
  const kind = `rule-field rule-field-${field.type}`;
  const parts = field.type === "flag" ? [make("div", {class: "rule-flag"}, input(extra), label)] : [label, input(extra)];
  return make(grouped ? "fieldset" : "div", {class: kind}, ...parts, help, error);
}

const GROUPED = new Set(["choices", "models"]);
const INPUTS = {
  text: (field, value, set, extra) => line(field, value, set, extra),
  number: (field, value, set, extra) => line(field, value, (text) => set(number(text)), {...extra, inputmode: "decimal", class: "rule-number"}),
  time: (field, value, set, extra) => line(field, value, set, {...extra, class: "rule-number"}),
  long: (field, value, set, extra) => area(field, asText(value), set, extra),
  lines: (field, value, set, extra) => area(
    field, Array.isArray(value) ? value.join("\n") : asText(value), (text) => set(text.split("\n").filter((each) => each.trim())), extra,
  ),
  flag: (_field, value, set, extra) => make("input", {type: "checkbox", checked: value === true, onchange: (event) => set(event.target.checked), ...extra}),
  choice,
  choices,
  models: modelsField,
};

function line(field, value, set, extra) {
  const attributes = {type: "text", autocomplete: "off", placeholder: field.placeholder, value: asText(value), ...extra};
  return make("input", {...attributes, oninput: (event) => set(event.target.value)});
}

function area(field, value, set, extra) {
  const rows = Math.min(Math.max(value.split("\n").length, field.rows ?? 2), 12);
  return make("textarea", {rows, placeholder: field.placeholder, value, oninput: (event) => set(event.target.value), ...extra});
}

// A value that is not offered (any more) stays, marked as such, until somebody chooses another.
export function withMissing(offered, values) {
  const known = new Set(offered.map(([value]) => String(value)));
  const missing = values.filter((value) => value !== undefined && value !== null && value !== "" && !known.has(String(value)));
  return [...offered, ...missing.map((value) => [value, `${asText(value)} (not there any more)`])];
}

function choice(field, value, set, extra) {
  const offered = withMissing(field.choices, [value]);
  const empty = offered.some(([each]) => each === "") ? [] : [make("option", {value: "", text: "Choose…"})];
  const options = offered.map(([each, label]) => make("option", {value: String(each), text: label}));
  const select = make("select", {onchange: () => set(offered.find(([each]) => String(each) === select.value)?.[0] ?? ""), ...extra}, ...empty, ...options);
  select.value = asText(value);
  return select;
}

function choices(field, value, set, {id, ...extra}) {
  const chosen = new Set(Array.isArray(value) ? value.map(String) : []);
  const offered = withMissing(field.choices, Array.isArray(value) ? value : []);
  const boxes = offered.map(([each, label], index) => {
    const box = make("input", {type: "checkbox", checked: chosen.has(String(each)), ...(index ? {} : {id})});
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(String(each));
      else chosen.delete(String(each));
      set(offered.map(([one]) => one).filter((one) => chosen.has(String(one))));
    });
    return make("label", {class: "rule-check"}, box, label);
  });
  const none = boxes.length ? [] : [make("small", {text: field.empty ?? "There is none to choose from yet."})];
  return make("div", {class: "rule-checks", ...extra}, ...boxes, ...none);
}
