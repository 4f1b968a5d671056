// Times in the person's own zone, as the browser knows it; elsewhere they are seconds since 1970.
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const clock = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit"});
const exactClock = new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit", second: "2-digit"});
const day = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short"});
const dayAndClock = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", hour: "2-digit", minute: "2-digit"});
const fullDay = new Intl.DateTimeFormat("en-GB", {weekday: "short", day: "numeric", month: "short", year: "numeric"});
const MINUTE = 60, HOUR = 3600, DAY = 86400;
const STEPS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];
const DAYS = [1, 2, 3, 7, 14, 30, 60, 90];

const date = (moment) => new Date(moment * 1000);

// "10:05", "24 Nov" at midnight, for the axis.
export function tickWords(moment, step) {
  const at = date(moment);
  if (step >= DAY || (at.getHours() === 0 && at.getMinutes() === 0)) return day.format(at);
  return clock.format(at);
}

// "24 Nov, 10:05–10:10" or "Mon, 24 Nov 2026".
export function stepWords(moment, step) {
  if (step >= DAY) return fullDay.format(date(moment));
  return `${dayAndClock.format(date(moment))}–${clock.format(date(moment + step))}`;
}

export function momentWords(moment) {
  return dayAndClock.format(date(moment));
}

export function clockWords(milliseconds) {
  return exactClock.format(new Date(milliseconds));
}

// "5 minutes", "an hour".
export function lengthWords(seconds) {
  const [size, unit] = seconds % DAY === 0 ? [seconds / DAY, "day"] : seconds % HOUR === 0 ? [seconds / HOUR, "hour"] : [seconds / MINUTE, "minute"];
  return size === 1 ? `${unit === "hour" ? "an" : "a"} ${unit}` : `${size} ${unit}s`;
}

// Round local times between two moments, at most so many, and how far they lie apart.
export function ticks(start, end, most) {
  const wanted = (end - start) / Math.max(most, 1);
  const step = STEPS.find((each) => each >= wanted);
  if (step) return {step, moments: withinDays(start, end, step)};
  const days = DAYS.find((each) => each * DAY >= wanted) ?? DAYS.at(-1);
  const moments = [];
  const at = date(start);
  at.setHours(0, 0, 0, 0);
  for (let n = 0; at / 1000 < end; n += 1, at.setDate(at.getDate() + 1)) {
    if (at / 1000 >= start && n % days === 0) moments.push(at / 1000);
  }
  return {step: days * DAY, moments};
}

// Counted from each local midnight, so that summer time moves nothing.
function withinDays(start, end, step) {
  const moments = [];
  const midnight = date(start);
  midnight.setHours(0, 0, 0, 0);
  while (midnight / 1000 < end) {
    const next = new Date(midnight);
    next.setDate(next.getDate() + 1);
    for (let at = midnight / 1000; at < next / 1000; at += step) if (at >= start && at < end) moments.push(at);
    midnight.setTime(next.getTime());
  }
  return moments;
}

// For <input type="datetime-local">, and back to what the server reads.
export function toField(moment) {
  const at = date(moment);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromField(text) {
  const at = new Date(text);
  return text && !Number.isNaN(at.getTime()) ? iso(at / 1000) : text;
}

export function iso(moment) {
  return `${date(moment).toISOString().slice(0, 19)}Z`;
}
