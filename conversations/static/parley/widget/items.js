// Which pieces the log shows, in which order, computed from the state alone.

import { company, placeInWords } from "./state.js";

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
