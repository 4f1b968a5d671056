// The transcript's page: stays up to date by itself, sends replies without losing a word.
const page = document.getElementById("parley-transcript");
const thread = document.getElementById("parley-thread");
const reply = document.getElementById("parley-reply");
let etag = `"${page.dataset.version}"`;
let refreshing = false;

async function refresh() {
  if (!page.dataset.live || refreshing || document.visibilityState !== "visible") return;
  refreshing = true;
  try {
    const response = await fetch(page.dataset.live, {headers: {"If-None-Match": etag}, cache: "no-store"});
    page.classList.toggle("offline", !response.ok && response.status !== 304);
    if (!response.ok || response.redirected) return; // unchanged, or signed out
    etag = response.headers.get("ETag");
    show(new DOMParser().parseFromString(await response.text(), "text/html"));
  } catch {
    page.classList.add("offline");
  } finally {
    refreshing = false;
  }
}

function show(fresh) {
  const follow = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  const open = [...thread.querySelectorAll("details[open]")].map((fold) => fold.id);
  thread.replaceChildren(...fresh.getElementById("parley-thread").childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const side = fresh.getElementById("parley-side");
  if (reply) reply.hidden = side.dataset.mayReply !== "yes";
  document.getElementById("parley-side").replaceChildren(...side.childNodes);
  if (follow) thread.scrollTop = thread.scrollHeight;
  tick();
}

// A turn's waterfall is asked for when it is unfolded; that of a finished turn is kept when the page renews itself.
const waterfalls = new Map();

async function unfold(event) {
  const fold = event.target;
  if (!fold.dataset?.steps || !fold.open) return;
  const place = fold.lastElementChild;
  if (waterfalls.has(fold.id)) place.replaceChildren(waterfalls.get(fold.id));
  if (waterfalls.has(fold.id) && !("unfinished" in fold.dataset) && waterfalls.get(fold.id).querySelector("table")) return;
  try {
    const response = await fetch(fold.dataset.steps, {cache: "no-store"});
    if (!response.ok || response.redirected) throw new Error(`${response.status}`);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").body.firstElementChild;
    waterfalls.set(fold.id, fresh);
    place.replaceChildren(fresh);
  } catch {
    if (!waterfalls.has(fold.id)) place.textContent = "The steps could not be loaded. Fold this and open it again, or reload the page.";
  }
}

function length(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 1440)} d`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-since], time[data-ago]")) {
    const words = length((Date.now() - Date.parse(time.dateTime)) / 1000);
    time.textContent = !("ago" in time.dataset) ? words : parseInt(words) < 10 && words.endsWith(" s") ? "just now" : `${words} ago`;
  }
}

async function send(event) {
  event.preventDefault();
  const [text, button, error] = [reply.elements.text, reply.querySelector("button"), reply.querySelector(".parley-error")];
  if (button.disabled) return;
  button.disabled = true;
  error.hidden = true;
  try {
    const response = await fetch(reply.action, {method: "POST", body: new FormData(reply), headers: {Accept: "application/json"}});
    if (response.ok && !response.redirected) {
      text.value = "";
      reply.elements.client_id.value = (await response.json()).next_id;
      thread.scrollTop = thread.scrollHeight;
      await refresh();
    } else {
      throw new Error(await reason(response));
    }
  } catch (problem) {
    error.textContent = problem instanceof TypeError ? "The server cannot be reached. Your text is kept: send it again." : problem.message;
    error.hidden = false;
  } finally {
    button.disabled = false;
    text.focus();
  }
}

async function reason(response) {
  if (response.redirected) return "You are signed out. Sign in in another tab, then send again.";
  if (response.status === 403) return "You may not reply here, or your session has changed: reload the page (copy your text first).";
  try {
    return (await response.json()).message;
  } catch {
    return `The server answered with an error (${response.status}). Your text is kept: send it again.`;
  }
}

reply?.addEventListener("submit", send);
reply?.elements.text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    reply.requestSubmit();
  }
});
thread.addEventListener("toggle", unfold, true);
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, 2000);
setInterval(tick, 1000);
tick();
const target = location.hash.startsWith("#message-") && document.getElementById(location.hash.slice(1));
if (target) target.scrollIntoView({block: "center"});
else thread.scrollTop = thread.scrollHeight;
