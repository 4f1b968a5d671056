// The form of an alert rule: offers what fits the figure, says in words what the rule does, and tries it on the past.

const form = document.getElementById("alertrule_form");
const panel = document.getElementById("alert-try");
const sentence = document.querySelector("[data-words]");
const catalogue = JSON.parse(document.getElementById("alert-catalogue").textContent);
const field = (name) => form.elements[name];

function row(name) {
  return field(name)?.closest(".field-row, .form-row, [class*='field-']");
}

function hint(name, text) {
  const control = field(name);
  if (!control) return;
  let place = document.getElementById(`hint-${name}`);
  if (!place) {
    place = Object.assign(document.createElement("div"), {id: `hint-${name}`, className: "parley-hint alert-hint"});
    control.after(place);
  }
  place.textContent = text;
}

// Only what can be looked at of the figure; what was chosen stays when it fits.
function fit() {
  const figure = catalogue[field("figure").value];
  if (!figure) return;
  const measure = field("measure");
  for (const option of measure.options) option.disabled = option.hidden = option.value !== "" && !(option.value in figure.measures);
  if (measure.selectedOptions[0]?.disabled) measure.value = Object.keys(figure.measures)[Math.min(1, Object.keys(figure.measures).length - 1)];
  const example = figure.measures[measure.value];
  hint("threshold_text", example ? `This is ${example}.` : "");
  hint("labels", figure.labels);
  const share = measure.value === "share";
  const among = row("among");
  if (among) among.hidden = !share && !field("among").value;
}

async function post(address, data) {
  const response = await fetch(address, {method: "POST", body: data, headers: {"X-Requested-With": "XMLHttpRequest"}});
  if (response.redirected) throw new Error("You are signed out. Sign in in another tab, and try again: nothing is lost here.");
  if (response.status === 403) throw new Error("You may not do this, or you signed in anew elsewhere. Sign in in another tab and try again.");
  if (!response.ok) throw new Error(`The server could not do it (status ${response.status}). Try again.`);
  return response.text();
}

let waiting;
function describe() {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    try {
      const text = await post(sentence.dataset.words, new FormData(form));
      sentence.classList.toggle("stale", !text);
      if (text) sentence.textContent = text;
    } catch {
      sentence.classList.add("stale"); // the next change asks again
    }
  }, 400);
}

async function tryIt(event) {
  event.preventDefault();
  const out = panel.querySelector("[data-result]");
  const button = panel.querySelector("button");
  const data = new FormData(form);
  data.set("days", new FormData(panel).get("days"));
  button.disabled = true;
  out.setAttribute("aria-busy", "true");
  try {
    out.innerHTML = await post(panel.action, data); // a template of the server's, which escapes
  } catch (error) {
    const words = error instanceof TypeError ? "No answer from the server. Look at your connection and try again." : error.message;
    out.replaceChildren(Object.assign(document.createElement("p"), {className: "parley-error", textContent: words}));
  }
  button.disabled = false;
  out.removeAttribute("aria-busy");
}

panel.hidden = false;
panel.addEventListener("submit", tryIt);
form.addEventListener("input", () => { fit(); describe(); });
form.addEventListener("change", () => { fit(); describe(); });
fit();
