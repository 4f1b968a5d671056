// A board: asks for its numbers, draws them, and adds new minutes while somebody looks.
import {Asking} from "./asking.js";
import {addBrush} from "./brush.js";
import {whenThemeChanges} from "./colours.js";
import {Drawing} from "./drawing.js";
import {showFired} from "./fired.js";
import {NOTHING} from "./format.js";
import {fillListing} from "./numbers.js";
import {showTiles} from "./tiles.js";
import {clockWords, lengthWords, momentWords, ZONE} from "./times.js";

const EVERY = 10_000; // milliseconds between looks at what is new
const LONGEST = 60_000; // the same, for long ranges
const SLOWEST = 160_000; // after errors
const WHOLE_EVERY = 6; // looks, after which everything is asked for: totals, lists, late minutes

const root = document.getElementById("board");
const trouble = document.getElementById("board-trouble");
const alerts = document.getElementById("board-alerts");
const status = document.getElementById("board-status");
const sections = [...root.querySelectorAll("[data-chart]")];
const asking = new Asking(document.getElementById("board-asking"), () => load());
const drawings = new Map(sections.filter((section) => section.dataset.drawn !== "table")
  .map((section) => [section.dataset.chart, new Drawing(section, (changes) => asking.address(changes))]));
let shown = null; // the range of what is drawn
let request = null; // the one under way
let timer = 0;
let looks = 0;
let pause = 0; // milliseconds, after an error
let updated = 0;

async function ask(extra) {
  request?.abort();
  const mine = new AbortController();
  request = mine;
  const query = asking.query();
  for (const [name, value] of Object.entries(extra)) query.set(name, value);
  const response = await fetch(`${root.dataset.url}?${query}`, {
    headers: {Accept: "application/json"}, signal: AbortSignal.any([mine.signal, AbortSignal.timeout(30_000)]),
  });
  if (response.redirected || response.status === 403) throw new Refused("You are signed out, or may not see this. Reload the page.");
  const body = await response.json();
  if (response.status === 400) throw new Refused(body.message);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return body;
}

class Refused extends Error {}

// All of it: what can be seen first, then the rest, one request after the other, as each keeps the server busy.
async function load() {
  clearTimeout(timer);
  root.classList.add("loading");
  const [first, ...rest] = groups();
  if (!await attempt({parts: first}, showAll)) return;
  for (const parts of rest) if (!await attempt({parts}, showMore)) return;
  root.classList.remove("loading");
  again();
}

function groups() {
  const waiting = sections.map((section) => section.dataset.chart);
  const seen = sections.filter((section) => section.getBoundingClientRect().top < innerHeight).length;
  const found = [["tiles", ...waiting.splice(0, Math.max(seen, 1))].join(",")];
  while (waiting.length) found.push(waiting.splice(0, 3).join(","));
  return found;
}

// Whether it was answered; after an error it is tried again later, and a newer request ends an older one without a word.
async function attempt(extra, show) {
  try {
    const body = await ask(extra);
    trouble.hidden = true;
    root.classList.remove("stale");
    pause = 0;
    updated = Date.now();
    showFired(alerts, body.alerts);
    show(body);
    return true;
  } catch (error) {
    if (error.name !== "AbortError") failed(error);
    return false;
  }
}

function failed(error) {
  root.classList.remove("loading");
  if (error instanceof Refused) {
    trouble.textContent = error.message;
    trouble.hidden = false;
    root.classList.add("stale");
    tell(shown ? "What is drawn is of the range before." : "", true);
    for (const value of shown ? [] : root.querySelectorAll(".board-value")) value.textContent = NOTHING;
    return;
  }
  pause = Math.min(Math.max(pause, EVERY) * 2, SLOWEST);
  root.classList.add("stale");
  const since = updated ? `These numbers are of ${clockWords(updated)}. ` : "";
  tell(`${since}No answer from the server: trying again in ${pause / 1000} s.`, true);
  again();
}

function showAll(body) {
  shown = body.range;
  looks = 0;
  asking.told(shown);
  showTiles(root.querySelector(".board-tiles"), body.tiles);
  showMore(body);
  showStatus();
}

function showMore(body) {
  for (const chart of body.charts) {
    if (chart.rows) fillListing(document.getElementById(`chart-${chart.slug}`), chart.rows, chart.note);
    else drawings.get(chart.slug).show(chart.lines, body.range);
  }
  showBehind(body.behind);
}

function addNewest(body) {
  shown = body.range;
  if (!body.charts.every((chart) => drawings.get(chart.slug).add(chart.lines, body.range))) load();
  showBehind(body.behind);
  showStatus();
}

function showBehind(links) {
  for (const section of sections) {
    const link = section.querySelector("[data-behind]");
    const address = links[section.dataset.chart];
    if (!link) continue;
    link.hidden = !address;
    if (address) link.href = address;
  }
}

function showStatus() {
  const {start, end, step, live} = shown;
  const until = live ? "now" : momentWords(end);
  tell(`${momentWords(start)} to ${until}, in the time zone ${ZONE}; each point stands for ${lengthWords(step)}.` +
    (live ? ` Live: looked at ${clockWords(updated)}.` : ""), false);
}

// On a narrow screen the boards stand in one line that scrolls: this one is to be seen.
function showTab() {
  const tab = document.querySelector(".board-tabs [aria-current]");
  tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;
}

function tell(text, stale) {
  status.textContent = text;
  status.classList.toggle("stale", stale);
}

// The longer the steps, the less there is to see.
function again() {
  clearTimeout(timer);
  if (shown && !shown.live && !pause) return;
  timer = setTimeout(look, pause || Math.min(Math.max(EVERY, shown.step * 100), LONGEST));
}

async function look() {
  if (document.visibilityState === "hidden") return; // goes on when it is seen again
  looks += 1;
  if (!shown || looks % WHOLE_EVERY === 0 || root.classList.contains("stale")) await load();
  else if (await attempt({since: Math.floor(shown.end - shown.step)}, addNewest)) again();
}

for (const drawing of drawings.values()) {
  addBrush(drawing, [...drawings.values()], (start, end) => asking.zoom(start, end, shown.step));
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && (shown?.live || pause)) load();
});
whenThemeChanges(() => {
  for (const drawing of drawings.values()) drawing.retheme();
});
showTab();
load();
