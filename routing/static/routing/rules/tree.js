// A condition as the server stores it, and as the builder shows it. No elements in here.
//
// Stored: {"all": […]}, {"any": […]}, {"not": tree}, {"kind": …, parameters}.
// Shown: {group: "all" | "any" | "none", children, path} or {kind, values, path}. `path` names the part in the stored
// tree as the server's errors do: keys and indices joined by "/".

const join = (path, ...steps) => [path, ...steps].filter((step) => step !== "").join("/");

export function shown(tree, path = "") {
  if (Array.isArray(tree?.all)) return group("all", tree.all, join(path, "all"), path);
  if (Array.isArray(tree?.any)) return group("any", tree.any, join(path, "any"), path);
  if (tree?.not !== undefined) return none(tree.not, join(path, "not"), path);
  const {kind = "", ...values} = tree ?? {};
  return {kind, values, path};
}

function group(name, trees, listPath, path) {
  return {group: name, path, children: trees.map((tree, index) => shown(tree, join(listPath, index)))};
}

// "None of" is stored as the opposite of "any of"; the opposite of anything else is a group of that one.
function none(tree, inner, path) {
  if (Array.isArray(tree?.any)) return {...group("none", tree.any, join(inner, "any"), path), inner};
  return {group: "none", path, inner, children: [shown(tree, inner)]};
}

export function stored(node) {
  if (!node.group) return {kind: node.kind, ...node.values};
  const children = node.children.map(stored);
  if (node.group !== "none") return {[node.group]: children};
  return {not: {any: children}};
}

// The whole condition is a group, so that there is always a place for one more.
export function root(tree) {
  const node = shown(tree && Object.keys(tree).length ? tree : {all: []});
  return node.group ? node : {group: "all", path: null, children: [node]};
}
