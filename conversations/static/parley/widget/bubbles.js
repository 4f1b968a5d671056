// The pieces of the log: one object for each, with `node` and `update(item)`.

import { icon, make } from "./dom.js";

const UP = "M7 11v9H4v-9zM7 11l4-8a2.5 2.5 0 0 1 2.5 2.5V9h5a2 2 0 0 1 2 2.3l-1.2 7a2 2 0 0 1-2 1.7H7";
const DOWN = "M17 13V4h3v9zM17 13l-4 8a2.5 2.5 0 0 1-2.5-2.5V15h-5a2 2 0 0 1-2-2.3l1.2-7a2 2 0 0 1 2-1.7H17";
const ROUND = "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5";

/**
 * @typedef {{rate: (message: any, value: number) => void, report: (message: any) => void, askAgain: (turn: any) => void,
 *   escalate: () => void, leaveMessage: () => void}} Intents what the pieces ask for
 */

function clock(at) {
  return at ? new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : null;
}

/** What the visitor said: as text, with what has become of it. */
export class Mine {
  constructor() {
    this.body = make("div", { class: "bubble" });
    this.status = make("p", { class: "status" });
    this.late = make("span", { class: "late", text: " · next in line" }); // shown by CSS after a while
    this.node = make("div", { class: "row mine" }, make("span", { class: "unseen", text: "You: " }), this.body, this.status);
  }

  update({ text, status, next, at }) {
    this.body.textContent = text;
    this.body.title = clock(at) ?? "";
    this.status.textContent = status;
    this.status.hidden = !status;
    if (next) this.status.append(this.late);
  }
}

/** Not read out as it grows: main.js announces it when it is whole. An answer, while it is thought about, while it comes, and when it is there; or what an agent wrote. */
export class Theirs {
  /** @param {Intents} intents */
  constructor(intents) {
    this.intents = intents;
    this.shown = []; // the HTML of each block
    this.author = make("p", { class: "author", hidden: true });
    this.body = make("div", { class: "bubble prose" });
    this.foot = make("div", { class: "foot" });
    this.node = make("div", { class: "row theirs", "aria-live": "off" }, this.author, this.body, this.foot);
    this.dots = make("div", { class: "dots" }, make("span", { class: "unseen", text: "Thinking…" }), make("i"), make("i"), make("i"));
  }

  update({ message, turn, again }) {
    this.body.setAttribute("aria-busy", String(!message));
    if (message) this.finish(message, again);
    else this.showBlocks(turn.blocks);
    if (!message && !turn.blocks.length) this.body.append(this.dots);
    else this.dots.remove();
  }

  /** Replaces only what changed: the tail. */
  showBlocks(blocks) {
    let same = 0;
    while (same < blocks.length && blocks[same] === this.shown[same]) same += 1;
    this.dots.remove();
    while (this.body.children.length > same) this.body.lastChild.remove();
    for (const html of blocks.slice(same)) this.body.append(make("div", { html }));
    this.shown = [...blocks];
  }

  finish(message, again) {
    if (this.shown.join("") !== message.html) this.showBlocks([message.html]);
    this.body.title = clock(message.at) ?? "";
    this.node.classList.toggle("agent", message.role === "agent");
    this.author.textContent = message.role === "agent" ? message.author || "The team" : "";
    this.author.hidden = message.role !== "agent";
    this.foot.replaceChildren(...this.sources(message.sources), ...(message.role === "bot" ? [this.acts(message, again)] : []));
  }

  /** What can be done about an answer; a part of one is not rated. */
  acts(message, again) {
    const stopped = make("span", { class: "stopped", text: "Stopped" });
    const acts = make("div", { class: "acts" }, ...(message.stopped ? [stopped] : [this.thumbs(message)]));
    const label = message.cached ? "Not what I asked" : "Ask again";
    if (again !== null) acts.append(againButton(label, () => this.intents.askAgain(again)));
    return acts;
  }

  sources(sources) {
    if (!sources?.length) return [];
    const links = sources.map(({ title, url }) =>
      make("a", { class: "source", href: url, target: "_blank", rel: "noopener noreferrer", text: title }),
    );
    return [make("div", { class: "sources", role: "group", "aria-label": "Sources" }, ...links)];
  }

  thumbs(message) {
    const buttons = make("div", { class: "thumbs" }, this.thumb(message, 1, "Good answer", UP), this.thumb(message, -1, "Bad answer", DOWN));
    if (message.rating === -1) {
      const why = { class: "link", type: "button", text: "Tell us what is wrong", on: { click: () => this.intents.report(message.id) } };
      buttons.append(make("button", why));
    }
    return buttons;
  }

  thumb(message, value, label, path) {
    const pressed = message.rating === value;
    const click = () => this.intents.rate(message.id, pressed ? 0 : value); // again: take it back
    const attributes = { type: "button", class: "icon", "aria-label": label, title: label, "aria-pressed": String(pressed), on: { click } };
    return make("button", attributes, icon(path));
  }
}

function againButton(text, click) {
  return make("button", { type: "button", class: "again", on: { click } }, icon(ROUND), make("span", { text }));
}

/** The answer takes longer than usual. */
export class Late {
  /** @param {Intents} intents */
  constructor(intents) {
    const text =
      "It is busier than usual. Your question is kept and will be answered here: you may close this and come back, or leave a message for our team.";
    this.leave = make("button", { type: "button", class: "chip", text: "Leave a message for our team", on: { click: () => intents.leaveMessage() } });
    this.node = make("div", { class: "row waiting", role: "note" }, make("p", { text }), this.leave);
  }

  update({ withPerson }) {
    this.leave.hidden = withPerson;
  }
}

/** A question that got no answer: none was found, or it was stopped before there was any. */
export class Failed {
  /** @param {Intents} intents */
  constructor(intents) {
    this.text = make("p");
    this.again = make("button", { type: "button", class: "chip", text: "Ask again", on: { click: () => intents.askAgain(this.turn.turn) } });
    this.person = make("button", { type: "button", class: "chip", text: "Talk to a person", on: { click: () => intents.escalate() } });
    this.node = make("div", { class: "row failed" }, this.text, make("div", { class: "chips" }, this.again, this.person));
  }

  update({ turn, withPerson, again }) {
    const stopped = turn.state === "cancelled";
    this.turn = turn;
    this.node.classList.toggle("cancelled", stopped);
    this.text.textContent = stopped ? "Stopped" : turn.error || "No answer could be found this time.";
    this.again.hidden = !again;
    this.person.hidden = stopped || withPerson;
  }
}
