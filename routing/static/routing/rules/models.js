// The models of an action, best first: added, removed and moved by buttons, so that a keyboard can do it too.
import {iconButton, make} from "./dom.js";

export function modelsField(field, value, set, {id, ...extra}) {
  const names = new Map(field.choices.map(([each, label]) => [String(each), label]));
  const chosen = Array.isArray(value) ? [...value] : [];
  const box = make("div", {class: "rule-models", ...extra});

  function change(focus) {
    set([...chosen]);
    draw();
    box.querySelector(focus)?.focus();
  }

  function move(from, to) {
    const [model] = chosen.splice(from, 1);
    chosen.splice(to, 0, model);
    const button = to < from ? (to ? "up" : "down") : (to < chosen.length - 1 ? "down" : "up");
    change(`[data-${button}="${to}"]`);
  }

  function row(model, index) {
    const name = names.get(String(model)) ?? `Model ${model} (not there any more)`;
    return make(
      "li", {},
      make("span", {text: name}),
      iconButton("arrow_upward", `Move ${name} up`, () => move(index, index - 1), {"data-up": index, disabled: index === 0}),
      iconButton("arrow_downward", `Move ${name} down`, () => move(index, index + 1), {"data-down": index, disabled: index === chosen.length - 1}),
      iconButton("close", `Remove ${name}`, () => { chosen.splice(index, 1); change("select"); }, {}),
    );
  }

  function adder() {
    const left = field.choices.filter(([each]) => !chosen.map(String).includes(String(each)));
    const first = make("option", {value: "", text: chosen.length ? "Add a model to fall back to…" : "Choose the best model…"});
    const options = left.map(([each, label]) => make("option", {value: String(each), text: label}));
    const select = make("select", {id, disabled: !left.length, "aria-label": "Add a model"}, first, ...options);
    select.addEventListener("change", () => {
      const model = left.find(([each]) => String(each) === select.value)?.[0];
      if (model !== undefined) { chosen.push(model); change("select"); }
    });
    return select;
  }

  function draw() {
    box.replaceChildren(make("ol", {}, ...chosen.map(row)), adder());
  }

  draw();
  return box;
}
