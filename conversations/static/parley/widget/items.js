// Which pieces the log shows, in which order, computed from the state alone.

import { company, placeInWords, toAskAgain, waitInWords } from "./state.js";

const UNANSWERED = ["failed", "cancelled"];

/**
 * The pieces in order: messages, after each question what became of it, then what is on its way and the answers in the making.
 * @param {import("./state.js").State} state
 * @param {number} now milliseconds of the epoch
 */
export function itemsOf(state, now = 0) {
  const items = state.messages.flatMap((message) => [pieceOf(state, message, now), ...after(state, message)]);
  const shown = new Set(state.messages.map((message) => message.id));
  const lost = state.turns.filter((turn) => UNANSWERED.includes(turn.state) && !shown.has(turn.message));
  const running = state.turns.filter((turn) => turn.state === "running");
  return [
    ...items,
    ...lost.map((turn) => failure(state, turn)),
    ...state.outgoing.map(({ id, text, stored }) => ({ key: `c${id}`, kind: "mine", text, status: stored ? "Received" : "Sending…", next: false, at: null })),
    ...running.map((turn) => ({ key: `t${turn.turn}`, kind: "theirs", turn, message: null, again: null })),
  ];
}

function pieceOf(state, message, now) {
  if (message.role === "contact") {
    const key = `c${message.client_id ?? message.id}`;
    const turn = state.turns.find((one) => one.message === message.id);
    const next = turn?.state === "queued" && !turn.place && !turn.inLine;
    return { key, kind: "mine", text: message.text, status: statusOf(state, message, turn, now), next, at: message.at };
  }
  const key = message.role === "bot" && message.turn !== null ? `t${message.turn}` : `m${message.id}`;
  const again = message.turn !== null && message.turn === toAskAgain(state) ? message.turn : null;
  return { key, kind: "theirs", turn: null, message, again };
}

/** What to say under a question: only while nothing has come of it. */
function statusOf(state, message, turn, now) {
  if (turn?.state === "queued") return ["Received", placeOf(turn), waitInWords(turn.due, now)].filter(Boolean).join(" · ");
  const last = state.messages[state.messages.length - 1].id === message.id;
  return last && !turn && company(state) !== "bot" ? "Received" : "";
}

function placeOf(turn) {
  return turn.inLine && !turn.place ? "next in line" : placeInWords(turn.place);
}

/** What stands under a question: that it got no answer, or that the answer is late. */
function after(state, { id }) {
  const turns = state.turns.filter((turn) => turn.message === id);
  const late = turns.filter((turn) => turn.state === "queued" && turn.late);
  return [
    ...turns.filter((turn) => UNANSWERED.includes(turn.state)).map((turn) => failure(state, turn)),
    ...late.map((turn) => ({ key: `w${turn.turn}`, kind: "late", withPerson: company(state) !== "bot" })),
  ];
}

function failure(state, turn) {
  return { key: `f${turn.turn}`, kind: "failed", turn, again: turn.turn === toAskAgain(state), withPerson: company(state) !== "bot" };
}
