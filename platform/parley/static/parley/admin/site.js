// The site's page: copy the widget line, show the identity secret.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-reveal]");
  if (!button) return;
  if (button.dataset.copy) return copy(button, document.getElementById(button.dataset.copy));
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const secret = document.getElementById("identity-secret");
  try {
    const response = await fetch(button.dataset.reveal, {method: "POST", headers: {"X-CSRFToken": token}});
    if (!response.ok) throw new Error(`status ${response.status}`);
    secret.textContent = (await response.json()).secret;
    button.hidden = true;
    button.parentElement.querySelector("[data-copy]").hidden = false;
  } catch (error) {
    secret.textContent = `Could not be shown (${error.message}). Reload the page and try again.`;
  }
});

async function copy(button, source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source); // without HTTPS there is no clipboard: select it for Ctrl+C
    button.textContent = "Press Ctrl+C";
    return;
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}
