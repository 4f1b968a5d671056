// "Try it" and "Replay": the form as it stands, unsaved, is sent along; what comes back is shown beneath.

function body(panel) {
  const data = new FormData(document.getElementById("routingrule_form"));
  for (const [name, value] of new FormData(panel)) data.set(name, value);
  data.set("rule", panel.dataset.rule);
  return data;
}

async function ask(panel) {
  const response = await fetch(panel.action, {method: "POST", body: body(panel), headers: {"X-Requested-With": "XMLHttpRequest"}});
  if (response.redirected) throw new Error("You are signed out. Open the admin in another tab, sign in, and try again: nothing is lost here.");
  const type = response.headers.get("Content-Type") ?? "";
  if (response.status === 403) throw new Error("You may not do this, or you signed in anew elsewhere. Sign in in another tab and try again.");
  if (!type.startsWith("text/html") || response.status >= 500) throw new Error(`The server could not do it (status ${response.status}). Try again.`);
  return response.text();
}

async function go(panel) {
  const out = panel.querySelector("[data-result]");
  const button = panel.querySelector("button[type=submit]");
  button.disabled = true;
  out.setAttribute("aria-busy", "true");
  try {
    out.innerHTML = await ask(panel); // a template of the server's, which escapes
  } catch (error) {
    const words = error instanceof TypeError ? "No answer from the server. Look at your connection and try again." : error.message;
    out.replaceChildren(Object.assign(document.createElement("p"), {className: "parley-error", textContent: words}));
  }
  button.disabled = false;
  out.removeAttribute("aria-busy");
}

export function trying() {
  for (const panel of document.querySelectorAll("form[data-rule]")) {
    panel.hidden = false;
    panel.addEventListener("submit", (event) => {
      event.preventDefault();
      go(panel);
    });
  }
}
