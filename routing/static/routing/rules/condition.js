// The condition: groups in groups, drawn anew whenever a part comes, goes or changes its kind.
import {iconButton, make, newId} from "./dom.js";
import {fieldsOf} from "./fields.js";
import {root, stored} from "./tree.js";

const GROUPS = [["all", "all of these hold"], ["any", "any of these holds"], ["none", "none of these holds"]];

// `textarea` keeps the condition as JSON. `kinds`: the described conditions; `errors`: {path: {field: words}}, "" the part.
export function conditionBuilder(textarea, kinds, errors, place) {
  const known = new Map(kinds.map((kind) => [kind.kind, kind]));
  const tree = root(JSON.parse(textarea.value));

  function changed() {
    textarea.value = JSON.stringify(stored(tree), null, 2);
    textarea.dispatchEvent(new Event("change", {bubbles: true}));
  }

  function redraw(focus) {
    changed();
    place.replaceChildren(drawGroup(tree, null));
    if (focus) place.querySelector(`[data-node="${focus}"]`)?.focus();
  }

  // A new part has no path: what was wrong with the one that stood there before is not said of it.
  const troubles = (node) => (node.path === null ? {} : {...errors[node.inner], ...errors[node.path]});

  function trouble(node) {
    const words = troubles(node)[""];
    return words ? make("p", {class: "rule-error", role: "alert", text: words}) : null;
  }

  function remove(node, parent) {
    parent.children.splice(parent.children.indexOf(node), 1);
    redraw(parent.key);
  }

  function add(parent, node) {
    node.key = newId();
    parent.children.push(node);
    redraw(node.key);
  }

  function drawGroup(node, parent) {
    node.key ??= newId();
    const select = make("select", {"aria-label": "How the conditions of this group are joined", "data-node": node.key});
    select.append(...GROUPS.map(([value, label]) => make("option", {value, text: label})));
    select.value = node.group;
    select.addEventListener("change", () => { node.group = select.value; redraw(node.key); });
    const away = parent && iconButton("close", "Remove this group", () => remove(node, parent));
    const head = make("div", {class: "rule-head"}, make("span", {text: parent ? "If" : "Where"}), select, away);
    const empty = node.children.length ? null : make("p", {class: "rule-empty", text: emptyWords(node, parent)});
    const list = make("ul", {}, ...node.children.map((child) => make("li", {}, child.group ? drawGroup(child, node) : drawLeaf(child, node))));
    return make("div", {class: "rule-group", role: "group", "aria-label": "Group of conditions"}, head, trouble(node), empty, list, buttons(node));
  }

  function emptyWords(node, parent) {
    if (parent) return "Nothing is asked in this group yet.";
    return {all: "No condition: every message.", any: "No condition of which one could hold: no message.", none: "No condition: every message."}[node.group];
  }

  function buttons(node) {
    return make(
      "div", {class: "rule-add"},
      make("button", {type: "button", class: "parley-button", text: "Add condition", onclick: () => add(node, {kind: kinds[0].kind, values: {}, path: null})}),
      make("button", {
        type: "button", class: "parley-button", text: "Add group",
        onclick: () => add(node, {group: "any", children: [{kind: kinds[0].kind, values: {}, path: null}], path: null}),
      }),
    );
  }

  function drawLeaf(node, parent) {
    node.key ??= newId();
    const kind = known.get(node.kind);
    const select = make("select", {"aria-label": "Kind of condition", "data-node": node.key});
    if (!kind) select.append(make("option", {value: node.kind, text: `${node.kind || "?"} (unknown)`}));
    select.append(...kinds.map((each) => make("option", {value: each.kind, text: each.title})));
    select.value = node.kind;
    select.addEventListener("change", () => { changeKind(node, select.value); redraw(node.key); });
    const title = kind?.title ?? node.kind;
    const head = make("div", {class: "rule-head"}, select, iconButton("close", `Remove the condition “${title}”`, () => remove(node, parent)));
    const help = kind?.help ? make("p", {class: "rule-help", text: kind.help}) : null;
    const fields = make("div", {class: "rule-fields"}, ...fieldsOf(kind?.fields ?? [], node.values, troubles(node), changed));
    return make("div", {class: "rule-leaf", role: "group", "aria-label": title}, head, help, fields, trouble(node));
  }

  place.replaceChildren(drawGroup(tree, null));
  changed();
}

// What was typed for the other kind is there again for who goes back to it.
export function changeKind(node, kind) {
  node.kept = {...node.kept, [node.kind]: node.values};
  node.values = node.kept[kind] ?? {};
  node.kind = kind;
  node.path = null;
}
