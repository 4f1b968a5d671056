/* Parley's widget line: <script src="https://…/widget.js" data-site="key" async></script>. docs/embedding.md */
(function () {
  "use strict";

  const script = document.currentScript || document.querySelector('script[data-site][src*="widget.js"]');
  if (window.Parley) return; // a second widget line on the page changes nothing
  if (!script || !script.dataset.site) {
    console.error('Parley: the widget line names no site. Write data-site="…" with the key that the admin shows.');
    return;
  }

  const BASE = new URL(".", script.src);
  const SITE = script.dataset.site;
  const LEFT = script.dataset.position === "left";
  const PHONE = window.matchMedia("(max-width: 480px), (max-height: 480px)");
  const STORED = "parley:" + SITE;

  const CSS = `
    :host { --edge: 20px; font: 16px/1.4 system-ui, sans-serif; }
    * { box-sizing: border-box; }
    button { all: unset; box-sizing: border-box; position: fixed; bottom: calc(var(--edge) + env(safe-area-inset-bottom)); right: var(--edge);
      width: 60px; height: 60px; border-radius: 50%; background: var(--accent); color: var(--on-accent); cursor: pointer;
      box-shadow: 0 6px 20px rgb(0 0 0 / .24); display: grid; place-items: center; transition: transform .15s; pointer-events: auto; }
    button:hover { transform: scale(1.05); }
    button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
    svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
    .badge { position: absolute; top: -2px; right: -2px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
      background: #d92d20; color: #fff; font: 600 13px/22px system-ui, sans-serif; text-align: center; }
    .panel { position: fixed; right: var(--edge); bottom: calc(var(--edge) + 72px); width: 392px; height: min(660px, 100vh - 112px);
      max-width: calc(100vw - 40px); border-radius: 16px; overflow: hidden; background: #fff; pointer-events: auto;
      box-shadow: 0 12px 48px rgb(0 0 0 / .22), 0 0 0 1px rgb(0 0 0 / .06); opacity: 0; visibility: hidden; transform: translateY(12px);
      transition: opacity .18s, transform .18s, visibility 0s .18s; }
    .panel.open { opacity: 1; visibility: visible; transform: none; transition: opacity .18s, transform .18s; }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    .left button, .left .panel { right: auto; left: var(--edge); }
    [hidden] { display: none !important; }
    @media (prefers-color-scheme: dark) { .panel { background: #16181d; box-shadow: 0 12px 48px rgb(0 0 0 / .6), 0 0 0 1px rgb(255 255 255 / .1); } }
    @media (max-width: 480px), (max-height: 480px) {
      .panel, .left .panel { inset: 0; width: auto; max-width: none; height: auto; border-radius: 0; }
      .opened button { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { button, .panel, .panel.open { transition: none; } }
    @media print { button, .panel { display: none; } }`;

  const CHAT = '<path d="M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"/>';
  const DOWN = '<path d="M6 9.5l6 6 6-6"/>';

  let contactToken = script.dataset.contactToken || null;
  let parts = null; // the elements, once the site is known
  let frame = null; // the iframe, once wanted
  let ready = false; // whether the framed page listens
  let opened = false;
  let wanted = false; // opened before the site was known

  /** Small notes on the host's own origin: whether to come back open, whether there is a conversation. */
  function note(store, name, value) {
    try {
      const storage = window[store];
      if (value === undefined) return storage.getItem(STORED + ":" + name);
      if (value) storage.setItem(STORED + ":" + name, value);
      else storage.removeItem(STORED + ":" + name);
    } catch {
      // Storage is blocked: the widget only forgets sooner.
    }
    return null;
  }

  /** Tells the framed page something, and no other page: its origin is named. */
  function tell(type, data) {
    if (ready) frame.contentWindow.postMessage({ parley: type, ...data }, BASE.origin);
  }

  /** Where the visitor is, without query and fragment: they may hold secrets of the host's. */
  function page() {
    return location.origin + location.pathname;
  }

  function hear(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== BASE.origin) return;
    const message = event.data;
    if (!message || typeof message.parley !== "string") return;
    if (message.parley === "close") close();
    if (message.parley === "unread") showUnread(message.count);
    if (message.parley === "started") note("localStorage", "started", "1");
    if (message.parley === "error") console.error("Parley: " + message.message);
    if (message.parley === "ready") greet();
  }

  function greet() {
    ready = true;
    tell("hello", { page: page(), contactToken, open: opened });
    if (opened) tell("open", { page: page(), focus: document.activeElement === parts.host });
  }

  function showUnread(count) {
    const shown = Number.isInteger(count) && count > 0 && !opened ? count : 0;
    parts.badge.hidden = !shown;
    parts.badge.textContent = shown > 99 ? "99+" : String(shown);
    label(shown);
  }

  function label(unread) {
    const words = opened ? "Close chat" : unread ? `Open chat, ${unread} unread` : "Open chat";
    parts.button.setAttribute("aria-label", words);
    parts.button.setAttribute("aria-expanded", String(opened));
    parts.icon.innerHTML = opened ? DOWN : CHAT;
  }

  /** Makes the iframe, once. */
  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = parts.name + " chat";
    frame.allow = "clipboard-write";
    frame.src = new URL("widget/" + encodeURIComponent(SITE) + "/", BASE).href;
    parts.panel.append(frame);
    setTimeout(() => {
      if (!ready) console.error(`Parley: the chat at ${frame.src} does not answer. Does this page's Content-Security-Policy allow frame-src ${BASE.origin}?`);
    }, 20000);
  }

  function open(focus = true) {
    wanted = true;
    if (!parts || opened) return;
    opened = true;
    load();
    parts.panel.classList.add("open");
    parts.root.classList.add("opened");
    note("sessionStorage", "open", "1");
    if (window.visualViewport) fit();
    showUnread(0);
    if (focus) frame.focus();
    tell("open", { page: page(), focus });
  }

  function close() {
    wanted = false;
    if (!opened) return;
    const inside = document.activeElement === parts.host;
    opened = false;
    parts.panel.classList.remove("open");
    parts.root.classList.remove("opened");
    note("sessionStorage", "open", "");
    if (window.visualViewport) fit();
    label(0);
    tell("close", {});
    if (inside) parts.button.focus();
  }

  function identify(token) {
    contactToken = token || null;
    tell("identify", { contactToken });
  }

  /** White or near-black, whichever reads better on the colour (WCAG 2.2). */
  function onColour(colour) {
    const linear = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
    const light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05;
    return 1.05 / light >= light / 0.0573 ? "#fff" : "#16181d";
  }

  /** A shadow tree, so that the host's style sheets and ours do not meet. */
  function build(site) {
    const host = document.createElement("parley-widget");
    const important = { all: "initial", position: "fixed", "z-index": "2147483000", "pointer-events": "none" };
    for (const [name, value] of Object.entries(important)) host.style.setProperty(name, value, "important");
    const shadow = host.attachShadow({ mode: "open" });
    dress(shadow);
    const root = document.createElement("div");
    root.className = LEFT ? "left" : "";
    root.innerHTML = `<div class="panel" id="panel"></div>
      <button type="button" aria-controls="panel"><svg viewBox="0 0 24 24" aria-hidden="true"></svg><span class="badge" aria-hidden="true" hidden></span></button>`;
    root.style.setProperty("--accent", site.colour);
    root.style.setProperty("--on-accent", onColour(site.colour));
    shadow.append(root);
    const [panel, button, icon, badge] = [".panel", "button", "svg", ".badge"].map((name) => root.querySelector(name));
    parts = { host, root, panel, button, icon, badge, name: site.name };
    button.addEventListener("click", () => (opened ? close() : open()));
    button.addEventListener("pointerenter", load); // a head start
    root.addEventListener("keydown", (event) => event.key === "Escape" && close());
    label(0);
    document.body.append(host);
    new MutationObserver(stay).observe(document.documentElement, { childList: true });
    window.visualViewport?.addEventListener("resize", fit);
    window.visualViewport?.addEventListener("scroll", fit);
  }

  /** Some frameworks replace the whole body when the page changes. */
  function stay() {
    if (parts.host.isConnected || !document.body) return;
    ready = false; // a moved frame loads anew
    document.body.append(parts.host);
  }

  /** On a phone: above the keyboard, which covers the page without resizing it. */
  function fit() {
    const { height, offsetTop } = window.visualViewport;
    const covered = opened && PHONE.matches && window.visualViewport.scale === 1;
    parts.panel.style.height = covered ? `${height}px` : "";
    parts.panel.style.top = covered ? `${offsetTop}px` : "";
    parts.panel.style.bottom = covered ? "auto" : "";
  }

  /** A constructed sheet needs no permission of the host's style-src; old browsers get an element. */
  function dress(shadow) {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      shadow.adoptedStyleSheets = [sheet];
    } catch {
      const style = document.createElement("style");
      style.textContent = CSS;
      shadow.append(style);
    }
  }

  function show(site) {
    build(site);
    window.addEventListener("message", hear);
    const again = note("sessionStorage", "open") && !PHONE.matches;
    if (wanted || script.hasAttribute("data-open")) open(wanted);
    else if (again) open(false);
    else if (note("localStorage", "started")) setTimeout(load, 1500); // for the unread badge
  }

  async function ask() {
    const address = new URL("api/v1/sites/" + encodeURIComponent(SITE), BASE).href;
    let response;
    try {
      response = await fetch(address, { credentials: "omit" });
    } catch {
      throw new Error(`${BASE.origin} cannot be reached, or this page's Content-Security-Policy does not allow connect-src ${BASE.origin}.`);
    }
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(body.message || `${address} answered ${response.status}.`);
    return body;
  }

  function start() {
    ask().then(show).catch((error) => console.error(`Parley: the chat is not shown. ${error.message}`));
  }

  window.Parley = Object.freeze({ open: () => open(), close, identify });
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
