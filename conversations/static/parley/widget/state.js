// What the chat shows, computed from frames alone: reduce(state, frame) → state. No DOM, no clock, no network.
// The frames are those of docs/protocol.md, and a few of our own whose type begins with "local-".

/**
 * @typedef {{id: any, client_id: string | null, role: "contact" | "bot" | "agent", text: string, html: string, author: string,
 *   sources: {title: string, url: string}[], rating: number | null, turn: any, stopped: boolean, cached: boolean, at: string}} Message
 * @typedef {{turn: any, message: any, state: "queued" | "running" | "failed" | "cancelled", place: number | null,
 *   due: number | null, late: boolean, inLine: boolean, attempt: number, blocks: string[], error: string}} Turn
 * `inLine`: its place is told as it changes, with `due`, when it is likely to be its turn (milliseconds of the epoch)
 * @typedef {{conversation: {id: string | null, handler: string, solved: boolean | null, escalated: boolean}, loaded: boolean,
 *   messages: Message[], outgoing: {id: string, text: string, stored: boolean, turn: any}[], turns: Turn[], finished: any[],
 *   more: boolean, solvedAbout: any, asking: any}} State
 * `messages` are in order, oldest first; `outgoing` are those of this browser that the log does not hold yet; `finished` are
 * turns whose late frames must not bring them back; `solvedAbout` is the last message when the visitor said whether it helped;
 * `asking` is the turn that the visitor has just asked again. Frames carry `heard`, when they came, where that matters.
 */

/** @returns {State} */
export function initial() {
  return {
    conversation: { id: null, handler: "bot", solved: null, escalated: false },
    loaded: false,
    messages: [],
    outgoing: [],
    turns: [],
    finished: [],
    more: false,
    solvedAbout: null,
    asking: null,
  };
}

/** @param {State} state @param {any} frame @returns {State} */
export function reduce(state, frame) {
  const handler = HANDLERS[frame.type];
  return handler ? handler(state, frame) : state;
}

const HANDLERS = {
  snapshot: (state, frame) => ({
    ...state,
    loaded: true,
    conversation: { ...state.conversation, ...frame.conversation },
    messages: frame.messages,
    outgoing: state.outgoing.filter((out) => !frame.messages.some((message) => message.client_id === out.id)),
    turns: frame.turns.map((turn) => ({ ...EMPTY_TURN, ...turn, ...inLine(turn, frame.heard) })),
    asking: null,
    finished: [],
    more: frame.more,
    solvedAbout: frame.conversation.solved === null ? null : lastId(frame.messages),
  }),
  "local-send": (state, { id, text }) =>
    known(state, id) ? state : { ...state, outgoing: [...state.outgoing, { id, text, stored: false, turn: null }] },
  "local-refused": (state, { id }) => ({ ...state, outgoing: state.outgoing.filter((out) => out.id !== id) }),
  "local-rated": (state, { message, value }) => rate(state, message, value),
  "local-again": (state, { turn }) => ({ ...state, asking: turn }),
  ack: (state, frame) => {
    const outgoing = state.outgoing.map((out) => (out.id === frame.id ? { ...out, stored: true, turn: frame.turn } : out));
    return queue({ ...state, outgoing }, frame, frame.message);
  },
  accepted: (state, frame) => {
    const outgoing = state.outgoing.filter((out) => out.id !== frame.id);
    return queue(add({ ...state, outgoing }, frame.message), frame, frame.message.id);
  },
  place: (state, frame) =>
    change(state, frame.turn, (turn) => (isOver(turn) ? turn : { ...turn, state: "queued", blocks: [], ...inLine(frame, frame.heard) })),
  thinking: (state, frame) => run(state, frame, (turn) => turn),
  delta: (state, frame) =>
    run(state, frame, (turn) => ({ ...turn, blocks: [...turn.blocks.slice(0, frame.from), ...frame.blocks] })),
  answer: (state, frame) => add(finish(state, frame.turn), frame.message),
  failed: (state, frame) => {
    const found = state.turns.find((turn) => turn.turn === frame.turn) || { ...EMPTY_TURN, turn: frame.turn };
    const turns = state.turns.filter((turn) => turn.turn !== frame.turn);
    return { ...state, turns: [...turns, { ...found, state: "failed", blocks: [], error: frame.message }] };
  },
  cancelled: (state, frame) => {
    const turn = state.turns.find((one) => one.turn === frame.turn);
    const over = finish(state, frame.turn);
    return turn ? { ...over, turns: [...over.turns, { ...turn, state: "cancelled", blocks: [] }] } : over;
  },
  again: (state, frame) => {
    const messages = state.messages.filter((message) => message.id !== frame.answer);
    return queue({ ...finish(state, frame.replaces), messages, asking: null }, frame, frame.message);
  },
  message: (state, frame) => add(state, frame.message),
  handoff: (state) => ({ ...state, conversation: { ...state.conversation, handler: "agent", escalated: true } }),
  handback: (state) => ({ ...state, conversation: { ...state.conversation, handler: "bot", escalated: false } }),
  rated: (state, frame) => rate(state, frame.message, frame.value),
  solved: (state, frame) => ({
    ...state,
    conversation: { ...state.conversation, solved: frame.value },
    solvedAbout: lastId(state.messages),
  }),
  history: (state, frame) => {
    const shown = new Set(state.messages.map((message) => message.id));
    const older = frame.messages.filter((message) => !shown.has(message.id));
    return { ...state, messages: [...older, ...state.messages], more: frame.more };
  },
};

const EMPTY_TURN = { message: null, state: "queued", place: null, due: null, late: false, inLine: false, attempt: 0, blocks: [], error: "" };

/** What a `place` frame, or a turn of a snapshot, says of the wait. */
function inLine({ place, seconds = null, late = false }, heard = 0) {
  const due = seconds === null ? null : heard + seconds * 1000;
  return { place: place ?? null, due, late, inLine: due !== null || late };
}

function isOver(turn) {
  return turn.state === "failed" || turn.state === "cancelled";
}

function known(state, id) {
  return state.outgoing.some((out) => out.id === id) || state.messages.some((message) => message.client_id === id);
}

function lastId(messages) {
  return messages.length ? messages[messages.length - 1].id : null;
}

/** Adds a message, or puts it in the place of the one with its id. */
function add(state, message) {
  const at = state.messages.findIndex((shown) => shown.id === message.id);
  if (at < 0) return { ...state, messages: [...state.messages, message] };
  return { ...state, messages: state.messages.map((shown, index) => (index === at ? message : shown)) };
}

/** Notes a turn that waits, unless it is known (it may run already) or over. */
function queue(state, { turn, place }, message) {
  if (turn === null || turn === undefined || state.finished.includes(turn)) return state;
  if (state.turns.some((one) => one.turn === turn)) return state;
  return { ...state, turns: [...state.turns, { ...EMPTY_TURN, turn, place: place ?? null, message }] };
}

function change(state, id, how) {
  return { ...state, turns: state.turns.map((turn) => (turn.turn === id ? how(turn) : turn)) };
}

/** Applies what an attempt says: nothing if a newer one spoke, from an empty answer if it is the newest. */
function run(state, { turn: id, attempt }, how) {
  if (state.finished.includes(id)) return state;
  const there = state.turns.some((turn) => turn.turn === id);
  const grown = there ? state : { ...state, turns: [...state.turns, { ...EMPTY_TURN, turn: id }] };
  return change(grown, id, (turn) => {
    if (attempt < turn.attempt) return turn;
    const kept = attempt === turn.attempt ? turn.blocks : [];
    return how({ ...turn, state: "running", ...inLine({}), attempt, blocks: kept, error: "" });
  });
}

function finish(state, id) {
  return { ...state, turns: state.turns.filter((turn) => turn.turn !== id), finished: [...state.finished, id] };
}

function rate(state, id, value) {
  const messages = state.messages.map((message) => (message.id === id ? { ...message, rating: value || null } : message));
  return { ...state, messages };
}

// --- What follows from a state ---

/** @param {State} state @param {any} seen the id of the last message that the visitor saw, or null */
export function unread(state, seen) {
  const from = state.messages.findIndex((message) => message.id === seen) + 1;
  return state.messages.slice(from).filter((message) => message.role !== "contact").length;
}

/** @param {State} state @returns {Message | null} the answer that the visitor may be asked about */
export function answerToJudge(state) {
  const last = state.messages[state.messages.length - 1];
  const quiet = state.turns.every(isOver) && state.outgoing.length === 0;
  return last && last.role === "bot" && !last.stopped && quiet && state.conversation.handler === "bot" ? last : null;
}

/** @param {State} state @returns {"bot" | "waiting" | "person"} whom the visitor talks to */
export function company(state) {
  if (state.conversation.handler !== "agent") return state.conversation.escalated ? "waiting" : "bot";
  const last = state.messages.findLast((message) => message.role !== "contact"); // not somebody of an earlier hand-over
  return last?.role === "agent" ? "person" : "waiting";
}

/** @param {State} state @returns {string} the name of the agent who wrote last, or nothing */
export function agentName(state) {
  return state.messages.findLast((message) => message.role === "agent")?.author || "";
}

/** @param {State} state @returns {any} the turn that Stop ends: the first that is not over; or null */
export function toStop(state) {
  const unfinished = state.turns.filter((turn) => !isOver(turn)).map((turn) => turn.turn);
  return unfinished.length ? Math.min(...unfinished) : null;
}

/** @param {State} state @returns {any} the turn that may be asked again: the newest, once it is over; or null */
export function toAskAgain(state) {
  if (state.conversation.handler !== "bot" || state.outgoing.length || toStop(state) !== null) return null;
  const turns = [...state.messages, ...state.turns].map((one) => one.turn).filter((turn) => turn !== null);
  const newest = turns.length ? Math.max(...turns) : null;
  return newest === state.asking ? null : newest;
}

/** @param {number | null} due when it is likely to be one's turn @param {number} now both milliseconds of the epoch */
export function waitInWords(due, now) {
  if (due === null) return "";
  const seconds = (due - now) / 1000;
  if (seconds < 10) return "less than 10 seconds";
  if (seconds <= 50) return `about ${Math.ceil(seconds / 10) * 10} seconds`;
  if (seconds < 90) return "about a minute";
  if (seconds < 3300) return `about ${Math.round(seconds / 60)} minutes`;
  return seconds < 5400 ? "about an hour" : `about ${Math.round(seconds / 3600)} hours`;
}

/** @param {number | null} place how many turns are before this one */
export function placeInWords(place) {
  if (!place) return "";
  const number = place + 1;
  const ending = number % 100 >= 11 && number % 100 <= 13 ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th");
  return `${number}${ending} in line`;
}
