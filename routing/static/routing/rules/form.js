// The rule's page: builders in place of the JSON, which stays the form's value and is what works without this script.
import {actionBuilder} from "./action.js";
import {conditionBuilder} from "./condition.js";
import {make, readJson} from "./dom.js";
import {trying} from "./try.js";

const BUILDERS = {condition: conditionBuilder, action: actionBuilder};

function hideErrors(place) {
  for (const list of place.parentElement.parentElement.querySelectorAll("ul.errorlist")) list.hidden = true;
}

function build(name, catalogue) {
  const textarea = document.getElementById(`id_${name}`);
  if (!textarea) return; // who may only look has none
  const place = make("div", {class: "rule-builder", id: `rule-${name}`});
  try {
    BUILDERS[name](textarea, catalogue[`${name}s`], catalogue.errors[name], place);
  } catch {
    return; // no JSON that could be drawn: it stays as text, with the server's words beside it
  }
  textarea.hidden = true;
  textarea.after(place);
  const label = document.querySelector(`label[for="id_${name}"]`);
  label?.removeAttribute("for");
  if (Object.keys(catalogue.errors[name]).length) hideErrors(place); // each stands beside its part now
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", label?.textContent.trim() ?? name);
}

const catalogue = readJson("rule-catalogue");
for (const name of Object.keys(BUILDERS)) build(name, catalogue);
trying();
