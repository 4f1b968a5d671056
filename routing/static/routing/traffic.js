// How the rate tiers stand, asked once a second while somebody looks. The last two minutes are kept here only.
const SECONDS = 120;
const root = document.getElementById("parley-traffic");
const alert_ = root.querySelector("[role=alert]");
const empty = root.querySelector("[data-empty]");
const history = new Map(); // key: [[time, waiting], …]
const cards = new Map();
const number = new Intl.NumberFormat("en");

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function duration(seconds) {
  if (seconds === null) return "unknown";
  if (seconds < 0.5) return "now";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

function card(tier) {
  const element = make("section", "parley-line");
  element.innerHTML = `<header><h2></h2><a class="parley-link"></a></header>
    <dl class="parley-figures"><div><dt>Waiting</dt><dd></dd></div><div><dt>Running</dt><dd></dd></div><div><dt>Empty in</dt><dd></dd></div></dl>
    <svg class="parley-spark" viewBox="0 0 120 40" preserveAspectRatio="none" role="img"><path class="area"></path><path class="line"></path></svg>
    <p class="parley-spark-note"></p><div></div><ul></ul>`; // no text of ours or the provider's in it
  root.append(element);
  cards.set(tier.key, element);
  return element;
}

function remember(tier, now) {
  const line = history.get(tier.key) ?? [];
  line.push([now, tier.waiting]);
  while (line[0][0] < now - SECONDS * 1000) line.shift();
  history.set(tier.key, line);
  return line;
}

function drawSpark(element, line, now) {
  const most = Math.max(...line.map(([, waiting]) => waiting), 1);
  const points = line.map(([time, waiting]) => [
    (SECONDS - (now - time) / 1000).toFixed(1), (38 - 34 * waiting / most).toFixed(1),
  ]);
  const last = points.at(-1);
  const curve = points.map((point) => point.join(",")).join(" L");
  element.querySelector(".area").setAttribute("d", `M${points[0][0]},40 L${curve} L${last[0]},40 Z`);
  element.querySelector(".line").setAttribute("d", `M${curve}`);
  const note = `Waiting in the last two minutes, at most ${number.format(Math.max(...line.map(([, waiting]) => waiting)))}`;
  element.querySelector(".parley-spark-note").textContent = note;
  element.querySelector("svg").setAttribute("aria-label", note);
}

function useRow(use) {
  const row = make("div", "parley-use");
  const bar = make("progress");
  bar.max = 100;
  bar.value = Math.min(use.percent, 100);
  bar.setAttribute("aria-label", use.label);
  const words = `${use.label}: ${number.format(use.used)} of ${number.format(use.limit)} a minute (${use.percent} %), ` +
    `${number.format(use.left)} free now`;
  row.append(bar, make("span", "", words));
  return row;
}

function notes(tier) {
  const found = tier.troubles.map((text) => make("li", "bad", text));
  if (!tier.uses.length && tier.concurrency === null) found.push(make("li", "", "no limits"));
  if (tier.held) found.push(make("li", "bad", `${number.format(tier.held)} held until a model may be tried again`));
  for (const breaker of tier.breakers) {
    const again = breaker.seconds > 0 ? `, tried again in ${duration(breaker.seconds)}` : "";
    const reason = breaker.reason && !breaker.closed ? `: ${breaker.reason}` : "";
    found.push(make("li", breaker.closed ? "" : "bad", `${breaker.model}: ${breaker.words}${again}${reason}`));
  }
  return found;
}

function show(tier, now) {
  const element = cards.get(tier.key) ?? card(tier);
  element.classList.toggle("waiting", tier.waiting > 0);
  element.classList.toggle("blocked", tier.blocked > 0 || tier.breakers.some((breaker) => !breaker.closed));
  element.querySelector("h2").textContent = tier.name;
  const link = element.querySelector("a");
  link.href = tier.link;
  link.textContent = tier.act;
  link.hidden = link.pathname === location.pathname;
  const [waiting, running, emptyIn] = element.querySelectorAll("dd");
  waiting.textContent = number.format(tier.waiting);
  running.textContent = number.format(tier.running) + (tier.concurrency === null ? "" : ` / ${number.format(tier.concurrency)}`);
  emptyIn.textContent = tier.waiting ? duration(tier.empty_in) : "–";
  drawSpark(element, remember(tier, now), now);
  element.querySelector(".parley-spark-note + div").replaceChildren(...tier.uses.map(useRow));
  element.querySelector("ul").replaceChildren(...notes(tier));
}

function showAll(tiers) {
  const now = Date.now();
  const keys = new Set(tiers.map((tier) => tier.key));
  for (const [key, element] of cards) {
    if (!keys.has(key)) {
      element.remove();
      cards.delete(key);
      history.delete(key);
    }
  }
  empty.hidden = tiers.length > 0;
  empty.textContent = "No model is in use. Add a provider and its models first.";
  for (const tier of tiers) show(tier, now);
}

async function look() {
  if (document.visibilityState === "hidden") return;
  try {
    const response = await fetch(root.dataset.url, {headers: {Accept: "application/json"}, signal: AbortSignal.timeout(8000)});
    if (response.redirected || response.status === 403) throw new Error("You are signed out, or may not see this. Reload the page.");
    const body = await response.json();
    if (!response.ok) throw new Error(body.message);
    showAll(body.tiers);
    alert_.hidden = true;
    root.classList.remove("stale");
  } catch (error) {
    const offline = error instanceof TypeError || error instanceof SyntaxError || error.name === "TimeoutError";
    alert_.textContent = offline ? "No answer from the server: trying again." : error.message;
    alert_.hidden = false;
    root.classList.add("stale");
  }
}

async function watch() {
  for (;;) {
    await look();
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

watch();
