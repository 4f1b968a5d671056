// The numbers at the top.
import {make} from "./dom.js";
import {change, words} from "./format.js";

export function showTiles(list, tiles) {
  if (!list) return;
  list.replaceChildren(...tiles.map(tile));
  list.removeAttribute("aria-busy");
}

function tile({title, note, unit, better, value, before}) {
  const {text, tone} = change(value, before, unit, better);
  return make("div", {},
    make("dt", {text: title}),
    make("dd", {class: "board-value", text: words(value, unit)}),
    text && make("dd", {class: `board-change ${tone}`, text}),
    note && make("dd", {class: "board-note", text: note}));
}
