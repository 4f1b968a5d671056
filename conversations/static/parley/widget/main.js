// Puts the parts together. The page is templates/widget/frame.html; the loader around it is static/parley/loader.js.

import { Chat } from "./chat.js";
import { openComposer } from "./composer.js";
import { byId } from "./dom.js";
import { openHost } from "./host.js";
import { openLog } from "./log.js";
import { openMemories } from "./memories.js";
import { openMenu, openReport } from "./menu.js";
import { openSessions } from "./session.js";
import { company, toStop } from "./state.js";
import { openStop } from "./stop.js";
import { openStore } from "./storage.js";
import { openView } from "./view.js";

const TICK = 5000;
const HELLO_WITHIN = 3000; // milliseconds that the loader has to introduce the page

const { site, origins } = document.documentElement.dataset;
const base = new URL("../../", location.href); // from /widget/<key>/, also where a proxy adds a prefix
const shared = openStore("localStorage", site);
const own = openStore("sessionStorage", site);

const host = openHost({
  origins: origins.split(" ").filter(Boolean),
  on: {
    hello: ({ page, contactToken, open }) => begin(page, contactToken, open),
    open: ({ page, focus }) => opened(page, focus),
    close: () => show(false),
    identify: ({ contactToken }) => identify(contactToken),
  },
});
const complain = (message) => host.tell("error", { message });
const sessions = openSessions({ site, base, store: shared, complain });
const memories = openMemories((frame) => chat.transport.send(frame));
const report = openReport((what) => chat.report(what));
const intents = {
  ask: (text) => say(text),
  askAgain: (turn) => again(turn),
  rate: (message, value) => chat.rate(message, value),
  report: (message) => report.open(message),
  solve: (value) => chat.solve(value),
  escalate: () => chat.escalate(),
  leaveMessage: () => chat.escalate().then((told) => told && composer.focus()),
  fresh: () => chat.fresh(),
};
const view = openView(intents);
const log = openLog(intents);
const composer = openComposer({ store: own, onSend: say });
const stop = openStop((turn) => chat.stop(turn));
const menu = openMenu({
  "menu-person": () => chat.escalate(),
  "menu-report": () => report.open(),
  "menu-memories": () => memories.open(),
  "menu-new": () => chat.fresh().then(() => composer.focus()),
});
const chat = new Chat({ site, base, shared, own, sessions, changed: schedule, told, hostError: complain });

let drawing = 0;
let ticking = 0;
let begun = false;
let announced = { conversation: null, message: null };
let shown = false; // whether the host shows the frame

/** What happens outside the state, once for each time it happens. */
function told(kind, value) {
  if (kind === "toast") view.toast(value);
  if (kind === "banner") view.banner(value);
  if (kind === "giveBack") composer.giveBack(value);
  if (kind === "limits") composer.limitTo(value.characters);
}

function say(text) {
  chat.ask(text);
  stop.pause();
  draw(); // at once: what was clicked must be gone before a second click
  log.toEnd();
}

function again(turn) {
  chat.askAgain(turn);
  stop.pause();
  draw();
  log.toEnd();
}

/** Many frames, one drawing. A hidden frame gets no animation frames, but its badge must be right. */
function schedule() {
  if (drawing) return;
  const soon = document.visibilityState === "visible" ? requestAnimationFrame : (work) => setTimeout(work, 100);
  drawing = soon(draw) || 1;
  setTimeout(() => drawing && draw(), 250);
}

function draw() {
  drawing = 0;
  view.show(chat.state, chat.connected);
  log.show(chat.state); // last: it scrolls to the end of all
  menu.allow("menu-person", company(chat.state) === "bot" && chat.state.loaded);
  menu.allow("menu-report", chat.state.messages.length > 0);
  stop.offer(toStop(chat.state));
  keepTime();
  announceNews();
  host.tell("unread", { count: chat.unread() });
  if (chat.state.messages.length) host.tell("started");
}

/** Waits are told in words that change as time goes by. */
function keepTime() {
  clearTimeout(ticking);
  if (chat.state.turns.some((turn) => turn.due !== null)) ticking = setTimeout(draw, TICK);
}

/** Reads out what has come, once and as a whole; not what was there when the conversation was opened. */
function announceNews() {
  const { loaded, messages, conversation } = chat.state;
  if (!loaded) return;
  const last = messages.at(-1);
  const news = announced.conversation === conversation.id && last && last.id !== announced.message;
  if (news && last.role !== "contact") view.announce(`${last.author || "Answer"}: ${last.text}`);
  announced = { conversation: conversation.id, message: last?.id };
}

function see() {
  chat.setVisible(shown && document.visibilityState === "visible");
}

function show(open) {
  shown = open;
  see();
}

function begin(page, contactToken, open) {
  chat.page = page ?? null;
  if (begun) return;
  begun = true;
  sessions.identifyBy(contactToken ?? null);
  show(open);
  chat.start();
}

function opened(page, focus) {
  chat.page = page ?? chat.page;
  show(true);
  draw();
  log.toEnd();
  if (focus) composer.focus();
}

function identify(contactToken) {
  sessions.identifyBy(contactToken ?? null);
  chat.identify();
}

function closeByHost() {
  host.tell("close");
}

byId("older").addEventListener("click", () => chat.older());
byId("close").hidden = !host.embedded;
byId("close").addEventListener("click", closeByHost);
document.addEventListener("keydown", (event) => event.key === "Escape" && closeByHost());
document.addEventListener("visibilitychange", see);

host.ready();
if (host.embedded) setTimeout(() => begin(null, null, true), HELLO_WITHIN);
else begin(location.href, null, true);
