// A chart's numbers as a table, newest first. Each time leads to a closer look, for those who cannot drag.
import {make} from "./dom.js";
import {exact, NAMES, words} from "./format.js";
import {iso, momentWords, stepWords, ZONE} from "./times.js";

export function fillNumbers(place, lines, range, unit, addressOf) {
  const named = NAMES[unit] ? ` (${NAMES[unit]})` : "";
  const columns = lines.flatMap((line) => [
    {title: `${line.title}${named}`, values: line.values},
    ...(line.before ? [{title: `${line.title}, period before${named}`, values: line.before}] : []),
  ]);
  const head = make("tr", {}, make("th", {scope: "col", text: `Time (${ZONE})`}),
    ...columns.map((column) => make("th", {scope: "col", class: "number", text: column.title})));
  const rows = [];
  for (let n = range.buckets - 1; n >= 0; n -= 1) rows.push(row(columns, n, range, addressOf));
  place.replaceChildren(make("table", {class: "board-table"}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function row(columns, n, range, addressOf) {
  const start = range.start + n * range.step;
  const end = Math.min(start + Math.max(range.step, 300), Date.now() / 1000);
  const time = stepWords(start, range.step);
  const first = range.step > 60 && end - start >= 120
    ? make("a", {class: "parley-link", href: addressOf({from: iso(start), to: iso(end)}), title: "Look closer", text: time})
    : document.createTextNode(time);
  return make("tr", {}, make("td", {}, first),
    ...columns.map((column) => make("td", {class: "number", text: exact(column.values[n])})));
}

// A listing: rows of cells {value, link}; the units stand in the head. `note`: what is to be known of these rows.
export function fillListing(section, rows, note) {
  const units = [...section.querySelectorAll("thead th")].map((cell) => cell.dataset.unit);
  section.querySelector("tbody").replaceChildren(...rows.map((cells) =>
    make("tr", {}, ...cells.map((cell, n) => make("td", {class: units[n] ? "number" : null}, content(cell, units[n]))))));
  section.querySelector("table").hidden = rows.length === 0;
  section.querySelector(".board-empty").hidden = rows.length > 0;
  section.querySelector("[data-note]")?.remove();
  if (note) section.querySelector("header").append(make("p", {"data-note": true, text: note}));
}

function content({value, link}, unit) {
  const text = typeof value !== "number" ? value ?? "" : unit === "moment" ? momentWords(value) : words(value, unit ?? "count");
  return link ? make("a", {class: "parley-link", href: link, text}) : document.createTextNode(text);
}
