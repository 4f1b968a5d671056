// The reducer of the chat, frame by frame. Run by test_state.py, which puts the modules beside this file.

import assert from "node:assert/strict";
import { test } from "node:test";

import { itemsOf } from "./items.js";
import { agentName, answerToJudge, company, initial, placeInWords, reduce, toAskAgain, toStop, unread, waitInWords } from "./state.js";

const EMPTY = { type: "snapshot", n: "e:0", conversation: { id: "c", handler: "bot", solved: null, escalated: false }, messages: [], turns: [], more: false };

function play(...frames) {
  return [EMPTY, ...frames].reduce(reduce, initial());
}

function contact(id, client_id, text = "Hi") {
  return { id, client_id, role: "contact", text, html: null, author: null, sources: [], rating: null, turn: null, stopped: false, at: "2026-01-01T00:00:00Z" };
}

function bot(id, turn, html = "<p>Yes</p>") {
  return { ...contact(id, null, "Yes"), role: "bot", html, turn };
}

const send = { type: "local-send", id: "a", text: "Hi" };
const ack = { type: "ack", id: "a", message: 1, turn: 9, place: 2, duplicate: false };
const accepted = { type: "accepted", n: "e:1", id: "a", turn: 9, place: 2, message: contact(1, "a") };
const thinking = { type: "thinking", n: "e:2", turn: 9, attempt: 1 };
const delta = (from, blocks, attempt = 1) => ({ type: "delta", n: "e:3", turn: 9, attempt, from, blocks });
const answer = { type: "answer", n: "e:9", turn: 9, message: bot(2, 9) };

test("a sent text is shown at once, and once, whichever of ack and accepted comes first", () => {
  for (const order of [[ack, accepted], [accepted, ack], [accepted, ack, accepted]]) {
    const pieces = itemsOf(play(send, ...order));
    assert.deepEqual(pieces.map((piece) => [piece.key, piece.status]), [["ca", "Received · 3rd in line"]]);
  }
  assert.equal(itemsOf(play(send))[0].status, "Sending…");
  assert.equal(itemsOf(play(send, send)).length, 1);
});

test("a refused text leaves nothing behind", () => {
  assert.deepEqual(itemsOf(play(send, { type: "local-refused", id: "a" })), []);
});

test("a text that the snapshot holds is no longer on its way", () => {
  const state = reduce(play(send), { ...EMPTY, messages: [contact(1, "a")] });
  assert.equal(itemsOf(state).length, 1);
  assert.deepEqual(state.outgoing, []);
});

test("deltas replace the tail from their index on", () => {
  const state = play(accepted, thinking, delta(0, ["<p>a</p>"]), delta(0, ["<p>ab</p>", "<p>c</p>"]), delta(1, ["<p>cd</p>"]));
  assert.deepEqual(state.turns[0].blocks, ["<p>ab</p>", "<p>cd</p>"]);
});

test("a newer attempt starts from nothing, and an older one is not listened to", () => {
  const second = { ...thinking, attempt: 2 };
  assert.deepEqual(play(accepted, thinking, delta(0, ["x"]), second).turns[0].blocks, []);
  assert.deepEqual(play(accepted, second, delta(0, ["new"], 2), delta(1, ["old"], 1)).turns[0].blocks, ["new"]);
});

test("the answer takes the place of what was streamed, in the same piece", () => {
  const before = itemsOf(play(accepted, thinking, delta(0, ["<p>Y</p>"])));
  const state = play(accepted, thinking, delta(0, ["<p>Y</p>"]), answer);
  assert.equal(before.at(-1).key, itemsOf(state).at(-1).key);
  assert.deepEqual(state.turns, []);
});

test("late frames of a finished turn bring nothing back", () => {
  const state = play(accepted, thinking, answer, delta(0, ["late"]), thinking, { ...ack, duplicate: true }, answer);
  assert.deepEqual(state.turns, []);
  assert.equal(state.messages.length, 2);
});

test("a place in line changes, and goes when the turn runs", () => {
  const place = { type: "place", n: "e:2", turn: 9, place: 1 };
  assert.equal(itemsOf(play(accepted, place))[0].status, "Received · 2nd in line");
  assert.equal(itemsOf(play(accepted, place, thinking))[0].status, "");
});

test("a failed turn stands after its question, and a new attempt takes it away", () => {
  const failed = { type: "failed", n: "e:3", turn: 9, code: "x", message: "No answer." };
  const later = { type: "accepted", n: "e:4", id: "b", turn: 10, place: 0, message: contact(3, "b", "Again") };
  const pieces = itemsOf(play(accepted, thinking, failed, later));
  assert.deepEqual(pieces.map((piece) => piece.key), ["ca", "f9", "cb"]);
  assert.deepEqual([pieces[1].again, pieces[1].turn.error], [false, "No answer."]);
  assert.equal(itemsOf(play(accepted, thinking, failed))[1].again, true);
  assert.deepEqual(itemsOf(play(accepted, failed, { ...thinking, attempt: 2 })).map((piece) => piece.key), ["ca", "t9"]);
});

test("a snapshot in mid-answer goes on with the blocks", () => {
  const turns = [{ turn: 9, message: 1, state: "running", place: null, attempt: 1, blocks: ["<p>a</p>"] }];
  const state = [{ ...EMPTY, messages: [contact(1, "a")], turns }, delta(1, ["<p>b</p>"])].reduce(reduce, initial());
  assert.deepEqual(state.turns[0].blocks, ["<p>a</p>", "<p>b</p>"]);
});

test("older messages come before those shown, without repetition", () => {
  const state = play(accepted, { type: "history", messages: [contact(0, "z"), contact(1, "a")], more: false });
  assert.deepEqual(state.messages.map((message) => message.id), [0, 1]);
});

test("a hand-over is a wait until somebody writes, and ends with the hand-back", () => {
  const agent = { type: "message", n: "e:5", message: { ...bot(4, null), role: "agent", author: "Olga" } };
  assert.equal(company(play({ type: "handoff" })), "waiting");
  const state = play({ type: "handoff" }, agent);
  assert.deepEqual([company(state), agentName(state)], ["person", "Olga"]);
  assert.equal(company(reduce(state, { type: "handback" })), "bot");
});

test("the visitor is asked about the last answer only, and not while another is on its way", () => {
  assert.equal(answerToJudge(play(accepted, answer)).id, 2);
  assert.equal(answerToJudge(play(accepted, answer, { ...send, id: "b" })), null);
  assert.equal(answerToJudge(play(accepted, answer, { type: "handoff" })), null);
});

test("a rating shows, and is taken back by zero", () => {
  const state = play(accepted, answer, { type: "rated", message: 2, value: -1 });
  assert.equal(state.messages[1].rating, -1);
  assert.equal(reduce(state, { type: "rated", message: 2, value: 0 }).messages[1].rating, null);
});

test("unread are the others' messages after the last one seen", () => {
  const state = play(accepted, answer, { ...answer, turn: 11, message: bot(5, 11) });
  assert.deepEqual([unread(state, 1), unread(state, 2), unread(state, 5)], [2, 1, 0]);
});

test("places are said in words", () => {
  assert.deepEqual([0, 1, 2, 3, 10, 20, 110].map(placeInWords), ["", "2nd in line", "3rd in line", "4th in line", "11th in line", "21st in line", "111th in line"]);
});

test("a line tells its place and its wait, which shrinks by itself, until an attempt begins", () => {
  const place = { type: "place", n: "e:2", turn: 9, place: 2, seconds: 18, late: false, heard: 1000 };
  const state = play(accepted, thinking, place);
  assert.equal(itemsOf(state, 1000)[0].status, "Received · 3rd in line · about 20 seconds");
  assert.equal(itemsOf(state, 15000)[0].status, "Received · 3rd in line · less than 10 seconds");
  const first = reduce(state, { ...place, place: 0, seconds: 4 });
  assert.equal(itemsOf(first, 1000)[0].status, "Received · next in line · less than 10 seconds");
  assert.deepEqual(itemsOf(reduce(first, { ...thinking, attempt: 2 })).map((piece) => piece.key), ["ca", "t9"]);
});

test("a late answer is said to be late, also after a reload", () => {
  const late = { type: "place", n: "e:2", turn: 9, place: 2, seconds: null, late: true };
  assert.deepEqual(itemsOf(play(accepted, late)).map((piece) => piece.key), ["ca", "w9"]);
  const turns = [{ turn: 9, message: 1, state: "queued", place: 2, seconds: 90, late: true, attempt: 1, blocks: [] }];
  const state = reduce(initial(), { ...EMPTY, messages: [contact(1, "a")], turns, heard: 5 });
  assert.deepEqual(itemsOf(state, 5).map((piece) => piece.status ?? piece.kind), ["Received · 3rd in line · about 2 minutes", "late"]);
});

test("waits are said in words", () => {
  const words = [-5, 9, 11, 20, 51, 60, 100, 125, 3000, 3500, 8000].map((seconds) => waitInWords(seconds * 1000, 0));
  assert.deepEqual(words, [
    "less than 10 seconds", "less than 10 seconds", "about 20 seconds", "about 20 seconds", "about a minute", "about a minute",
    "about 2 minutes", "about 2 minutes", "about 50 minutes", "about an hour", "about 2 hours",
  ]);
  assert.equal(waitInWords(null, 0), "");
});

test("the first turn that is not over can be stopped, and an empty end of it stays with its question", () => {
  const second = { ...accepted, n: "e:4", id: "b", turn: 10, message: contact(3, "b", "More") };
  const state = play(accepted, second, thinking);
  assert.equal(toStop(state), 9);
  const stopped = reduce(state, { type: "cancelled", n: "e:5", turn: 9 });
  assert.deepEqual(itemsOf(stopped).map((piece) => piece.key), ["ca", "f9", "cb"]);
  assert.equal(toStop(stopped), 10);
  assert.equal(toStop(reduce(stopped, { type: "cancelled", n: "e:6", turn: 10 })), null);
  assert.deepEqual(reduce(stopped, delta(0, ["late"])).turns, stopped.turns);
});

test("a stopped answer is not judged, and can be asked again", () => {
  const state = play(accepted, thinking, { ...answer, message: { ...bot(2, 9), stopped: true } });
  assert.equal(answerToJudge(state), null);
  assert.equal(itemsOf(state).at(-1).again, 9);
});

test("asking again takes the old answer away and waits for the new one, once", () => {
  const before = play(accepted, thinking, answer);
  assert.equal(toAskAgain(before), 9);
  assert.equal(toAskAgain(reduce(before, { type: "local-again", turn: 9 })), null);
  const again = { type: "again", n: "e:10", turn: 12, replaces: 9, answer: 2, message: 1, place: 0 };
  const state = [{ ...ack, id: "r", turn: 12, place: 0 }, again, again].reduce(reduce, before);
  assert.deepEqual(itemsOf(state).map((piece) => [piece.key, piece.status]), [["ca", "Received"]]);
  const done = [{ ...thinking, turn: 12 }, { ...answer, turn: 12, message: bot(5, 12) }].reduce(reduce, state);
  assert.deepEqual(itemsOf(done).map((piece) => piece.key), ["ca", "t12"]);
  assert.equal(toAskAgain(done), 12);
  assert.equal(toAskAgain(reduce(done, { type: "handoff" })), null);
});

test("frames of an unknown type change nothing", () => {
  const state = play(accepted);
  assert.equal(reduce(state, { type: "from-the-future" }), state);
});
