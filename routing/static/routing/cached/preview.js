// The preview follows the Markdown while it is typed.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector(".cached-preview");
  const text = document.querySelector("textarea.cached-markdown");
  const address = document.querySelector("[data-cached-preview]")?.dataset.cachedPreview;
  if (!box || !text || !address) return;
  let waiting = 0;
  let newest = 0;

  const show = async () => {
    const mine = ++newest;
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ text: text.value });
    try {
      const reply = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token } });
      const html = reply.ok ? await reply.text() : null;
      if (html !== null && mine === newest) box.innerHTML = html; // cleaned by the server
    } catch {
      // the server is away: the last preview stays
    }
  };

  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 250);
  });
  if (text.value) show();
});
