// The list of what was said: keeps its elements, changes only what changed, and follows the end while the visitor is there.

import { Failed, Mine, Theirs } from "./bubbles.js";
import { byId } from "./dom.js";
import { company, placeInWords } from "./state.js";

const KINDS = { mine: Mine, theirs: Theirs, failed: Failed };
const NEAR = 48; // pixels from the end that still count as being there

/** @param {import("./bubbles.js").Intents} intents */
export function openLog(intents) {
  const list = byId("log");
  const scroll = byId("scroll");
  const pill = byId("pill");
  /** @type {Map<string, {piece: any, item: any}>} */
  const pieces = new Map();
  let following = true;

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    following = true;
    pill.hidden = true;
  }

  scroll.addEventListener("scroll", () => {
    following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
    if (following) pill.hidden = true;
  }, { passive: true });
  pill.addEventListener("click", toEnd);
  new ResizeObserver(() => following && toEnd()).observe(scroll);

  function place(item, before) {
    const known = pieces.get(item.key);
    const piece = known ? known.piece : new KINDS[item.kind](intents);
    const changed = !known || !same(known.item, item);
    if (changed) piece.update(item);
    pieces.set(item.key, { piece, item });
    if (piece.node !== before) list.insertBefore(piece.node, before);
    return { node: piece.node, changed };
  }

  /** @returns {boolean} whether anything changed */
  function reconcile(items) {
    const wanted = new Set(items.map((item) => item.key));
    for (const [key, { piece }] of pieces) {
      if (wanted.has(key)) continue;
      piece.node.remove();
      pieces.delete(key);
    }
    let next = list.firstChild;
    let any = false;
    for (const item of items) {
      const { node, changed } = place(item, next);
      next = node.nextSibling;
      any ||= changed;
    }
    return any;
  }

  return {
    toEnd,
    /** @param {import("./state.js").State} state */
    show(state) {
      const height = scroll.scrollHeight;
      const first = list.firstChild;
      const changed = reconcile(itemsOf(state));
      const grewAbove = first && list.contains(first) && first !== list.firstChild;
      if (grewAbove && !following) scroll.scrollTop += scroll.scrollHeight - height;
      else if (following) toEnd();
      else if (changed) pill.hidden = false;
    },
  };
}

function same(old, item) {
  return Object.keys(item).every((name) => old[name] === item[name]) && Object.keys(old).length === Object.keys(item).length;
}

/**
 * The pieces in order: messages, each failed turn after its question, then what is on its way and the answers in the making.
 * @param {import("./state.js").State} state
 */
export function itemsOf(state) {
  const items = state.messages.flatMap((message) => [pieceOf(state, message), ...failuresAfter(state, message.id)]);
  const shown = new Set(state.messages.map((message) => message.id));
  const lost = state.turns.filter((turn) => turn.state === "failed" && !shown.has(turn.message));
  const running = state.turns.filter((turn) => turn.state === "running");
  return [
    ...items,
    ...lost.map((turn) => failure(state, turn, null)),
    ...state.outgoing.map(({ id, text, stored }) => ({ key: `c${id}`, kind: "mine", text, status: stored ? "Received" : "Sending…", next: false, at: null })),
    ...running.map((turn) => ({ key: `t${turn.turn}`, kind: "theirs", turn, message: null })),
  ];
}

function pieceOf(state, message) {
  if (message.role === "contact") {
    const key = `c${message.client_id ?? message.id}`;
    const turn = state.turns.find((one) => one.message === message.id);
    const next = turn?.state === "queued" && !turn.place;
    return { key, kind: "mine", text: message.text, status: statusOf(state, message, turn), next, at: message.at };
  }
  const key = message.role === "bot" && message.turn !== null ? `t${message.turn}` : `m${message.id}`;
  return { key, kind: "theirs", turn: null, message };
}

/** What to say under a question: only while nothing has come of it. */
function statusOf(state, message, turn) {
  if (turn?.state === "queued") return ["Received", placeInWords(turn.place)].filter(Boolean).join(" · ");
  const last = state.messages[state.messages.length - 1].id === message.id;
  return last && !turn && company(state) !== "bot" ? "Received" : "";
}

function failuresAfter(state, id) {
  return state.turns.filter((turn) => turn.state === "failed" && turn.message === id).map((turn) => failure(state, turn, id));
}

function failure(state, turn, id) {
  const question = state.messages.find((message) => message.id === id)?.text ?? "";
  return { key: `f${turn.turn}`, kind: "failed", turn, question, withPerson: company(state) !== "bot" };
}
