// The list of what was said: keeps its elements, changes only what changed, and follows the end while the visitor is there.

import { Failed, Late, Mine, Theirs } from "./bubbles.js";
import { byId } from "./dom.js";
import { itemsOf } from "./items.js";

const KINDS = { mine: Mine, theirs: Theirs, failed: Failed, late: Late };
const NEAR = 48; // pixels from the end that still count as being there

/** @param {import("./bubbles.js").Intents} intents */
export function openLog(intents) {
  const list = byId("log");
  const scroll = byId("scroll");
  const pill = byId("pill");
  /** @type {Map<string, {piece: any, item: any}>} */
  const pieces = new Map();
  let following = true;
  let end = 0; // where we scrolled to last

  function toEnd() {
    scroll.scrollTop = scroll.scrollHeight;
    end = scroll.scrollTop;
    following = true;
    pill.hidden = true;
  }

  function look() {
    following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
    if (following) pill.hidden = true;
  }

  scroll.addEventListener("scroll", look, { passive: true });
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
      if (following && scroll.scrollTop < end) look(); // moved up; the event comes with the next frame
      const height = scroll.scrollHeight;
      const first = list.firstChild;
      const changed = reconcile(itemsOf(state, Date.now()));
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
