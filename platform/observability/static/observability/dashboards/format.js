// Numbers as people read them. Units are those of units.py.
const whole = new Intl.NumberFormat("en", {maximumFractionDigits: 0});
const short = new Intl.NumberFormat("en", {maximumSignificantDigits: 3, notation: "compact"});
const three = new Intl.NumberFormat("en", {maximumSignificantDigits: 3});
const cents = new Intl.NumberFormat("en", {minimumFractionDigits: 2, maximumFractionDigits: 2});
const tiny = new Intl.NumberFormat("en", {maximumSignificantDigits: 2});

function seconds(value) {
  if (value === 0) return "0 s";
  if (value < 0.001) return `${three.format(value * 1e6)} µs`;
  if (value < 1) return `${three.format(value * 1e3)} ms`;
  if (value < 120) return `${three.format(value)} s`;
  return value < 7200 ? `${three.format(value / 60)} min` : `${three.format(value / 3600)} h`;
}

function dollars(value) {
  if (value === 0) return "$0";
  if (value >= 10_000) return `$${short.format(value)}`;
  return `$${(value >= 0.1 ? cents : tiny).format(value)}`;
}

function bytes(value) {
  const powers = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = value < 1024 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), 4);
  return `${three.format(value / 1024 ** power)} ${powers[power]}`;
}

function count(value) {
  if (value > 0 && value < 0.01) return "< 0.01"; // a mean of what is nearly always nought
  if (!Number.isInteger(value)) return value < 1000 ? (value < 1 ? tiny : three).format(value) : short.format(value);
  return value < 100_000 ? whole.format(value) : short.format(value);
}

const WAYS = {seconds, dollars, bytes, count, tokens: count, share: (value) => `${three.format(value * 100)} %`};
export const NAMES = {seconds: "seconds", dollars: "US dollars", bytes: "bytes", tokens: "tokens", share: "share of 1", count: ""};
export const NOTHING = "–";

// A value in words, never broken before its unit: "1.25 s". Nothing counted is a dash.
export function words(value, unit) {
  return value === null || value === undefined ? NOTHING : WAYS[unit](value).replace(" ", "\u00a0");
}

// The same for an axis whose largest value is known, so that its labels share a unit.
export function axisWords(value, unit, largest) {
  if (unit === "seconds" && value > 0) {
    if (largest < 1) return `${three.format(value * 1e3)} ms`;
    if (largest < 180) return `${three.format(value)} s`;
    return `${three.format(value / 60)} min`;
  }
  return unit === "count" || unit === "tokens" ? short.format(value) : words(value, unit);
}

// As numbers stand in the table: all digits that we have, in the unit of the head.
export function exact(value) {
  return value === null || value === undefined ? "" : String(value);
}

// How a value stands to that of the period before: {text, tone}, where tone is "good", "bad" or "".
export function change(value, before, unit, better) {
  if (value === null || before === null) return {text: value === null ? "" : "Before: nothing", tone: ""};
  const points = unit === "share";
  const difference = points ? (value - before) * 100 : before === 0 ? null : ((value - before) / Math.abs(before)) * 100;
  if (difference === null) return value === 0 ? {text: "As before", tone: ""} : {text: `Before: ${words(before, unit)}`, tone: ""};
  if (Math.abs(difference) < (points ? 0.05 : 0.5) || words(value, unit) === words(before, unit)) return {text: `As before (${words(before, unit)})`, tone: ""};
  const up = difference > 0;
  const small = Math.abs(difference) < (points ? 0.2 : 2); // too little to call it better or worse
  const good = better === "" || small ? null : up === (better === "more");
  const size = points ? `${tiny.format(Math.abs(difference))} points` : difference > 100 ? `× ${tiny.format(value / before)}` : `${tiny.format(Math.abs(difference))}\u00a0%`;
  const verdict = good === null ? "" : good ? ", better" : ", worse";
  return {text: `${up ? "▲" : "▼"} ${size}${verdict} (before ${words(before, unit)})`, tone: good === null ? "" : good ? "good" : "bad"};
}
