// The list of rules: what is dragged, moved by a button or switched is saved at once, and the list is drawn again, with
// the findings that follow from it. Without this script unfold's own "Save" does it.
import {iconButton, make} from "./dom.js";

const status = document.getElementById("rules-status");
let saving = Promise.resolve();

const form = () => document.getElementById("changelist-form");
const rows = () => [...document.querySelectorAll("#result_list > tbody")];
const positions = () => rows().map((row) => row.querySelector("input[name$=-position]"));

function say(words, bad = false) {
  status.textContent = words;
  status.classList.toggle("parley-error", bad);
}

async function post(data) {
  const response = await fetch(location.href, {method: "POST", body: data});
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("changelist-form");
  if (!response.ok || !fresh) throw new Error(response.ok ? "You are signed out." : `The server answered with status ${response.status}.`);
  if (page.querySelector("#content-main .errorlist, #content-main .errornote")) throw new Error("Somebody else has changed the rules meanwhile.");
  return fresh;
}

async function save(focus) {
  say("Saving…");
  const data = new FormData(form());
  data.set("_save", "1");
  try {
    const fresh = await post(data);
    for (const part of ["result_list", "rules-otherwise"]) {
      const now = document.getElementById(part);
      const next = fresh.ownerDocument.getElementById(part);
      if (now && next) now.replaceWith(next);
    }
    form().querySelectorAll("input[name^=form-][name$=_FORMS]").forEach((input) => {
      input.value = fresh.querySelector(`[name="${input.name}"]`)?.value ?? input.value;
    });
    form().querySelectorAll(".hiddenfields").forEach((fields) => fields.replaceWith(fresh.querySelector(".hiddenfields")));
    decorate();
    if (focus) document.querySelector(focus)?.focus();
    say("Saved. In force within seconds.");
  } catch (error) {
    const words = error instanceof TypeError ? "No answer from the server." : error.message;
    say(`Not saved. ${words} Reload the page.`, true);
  }
}

// One after the other: each sends the whole order as it then stands.
function soon(focus) {
  saving = saving.then(() => save(focus));
}

function number() {
  positions().forEach((input, index) => { input.value = index + 1; });
}

function move(row, by) {
  const all = rows();
  const index = all.indexOf(row) + by;
  const name = row.querySelector("th, .field-rule")?.textContent.trim();
  if (by < 0) all[index].before(row);
  else all[index].after(row);
  number();
  const button = index === 0 ? "down" : index === all.length - 1 ? "up" : by < 0 ? "up" : "down";
  say(`${name} is now number ${index + 1}.`);
  const id = row.querySelector("[data-rule]").dataset.rule;
  soon(`[data-${button}="${id}"]`);
}

function decorate() {
  const all = rows();
  for (const [index, row] of all.entries()) {
    const mark = row.querySelector("[data-rule]");
    const handle = row.querySelector("td");
    if (!mark || !handle) continue;
    const name = mark.dataset.name;
    handle.append(make(
      "span", {class: "rule-moves"},
      iconButton("arrow_upward", `Move ${name} up`, () => move(row, -1), {"data-up": mark.dataset.rule, disabled: index === 0}),
      iconButton("arrow_downward", `Move ${name} down`, () => move(row, 1), {"data-down": mark.dataset.rule, disabled: index === all.length - 1}),
    ));
  }
}

if (status && positions().some(Boolean)) {
  decorate();
  document.body.classList.add("rules-save-by-themselves");
  // After unfold's own handler, which numbers from 0.
  document.addEventListener("end", (event) => {
    if (event.target.closest?.("#result_list")) { number(); soon(); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#result_list input[name$=-enabled]")) soon(`[name="${event.target.name}"]`);
  });
}
