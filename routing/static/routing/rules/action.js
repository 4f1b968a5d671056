// What the rule does: one of the described kinds.
import {make} from "./dom.js";
import {changeKind} from "./condition.js";
import {fieldsOf} from "./fields.js";

export function actionBuilder(textarea, kinds, errors, place) {
  const {kind = "", ...values} = JSON.parse(textarea.value) ?? {};
  const node = {kind: kind || kinds[0].kind, values, path: ""};

  function changed() {
    textarea.value = JSON.stringify({kind: node.kind, ...node.values}, null, 2);
    textarea.dispatchEvent(new Event("change", {bubbles: true}));
  }

  function draw(focus) {
    const described = kinds.find((each) => each.kind === node.kind);
    const troubles = node.path === null ? {} : errors[""] ?? {};
    const select = make("select", {"aria-label": "What the rule does"});
    if (!described) select.append(make("option", {value: node.kind, text: `${node.kind} (unknown)`}));
    select.append(...kinds.map((each) => make("option", {value: each.kind, text: each.title})));
    select.value = node.kind;
    select.addEventListener("change", () => { changeKind(node, select.value); draw(true); });
    const help = described?.help ? make("p", {class: "rule-help", text: described.help}) : null;
    const error = troubles[""] ? make("p", {class: "rule-error", role: "alert", text: troubles[""]}) : null;
    const fields = make("div", {class: "rule-fields"}, ...fieldsOf(described?.fields ?? [], node.values, troubles, changed));
    place.replaceChildren(make("div", {class: "rule-leaf"}, make("div", {class: "rule-head"}, select), help, fields, error));
    changed();
    if (focus) select.focus();
  }

  draw();
}
