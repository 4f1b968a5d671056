// The alerts of the range: named above the charts, and a pale stripe behind each one's lines.
import {make} from "./dom.js";
import {momentWords} from "./times.js";

const NAMED = 5;
let alerts = [];

export function showFired(place, found) {
  alerts = found;
  place.hidden = found.length === 0;
  const more = found.length - NAMED;
  place.replaceChildren(...[make("b", {text: found.length === 1 ? "Alert in this range" : "Alerts in this range"}),
    ...found.slice(0, NAMED).map((alert) => make("span", {class: alert.end ? "" : "open"},
      make("a", {class: "parley-link", href: alert.link, text: alert.title}), document.createTextNode(` ${timeWords(alert)}`))),
    more > 0 && make("span", {text: `and ${more} more`})].filter(Boolean));
}

function timeWords({start, end}) {
  return `${momentWords(start)} to ${end ? momentWords(end) : "now: it is not over"}`;
}

// For Chart.js: drawn before the lines are.
export const stripes = {
  id: "fired",
  beforeDatasetsDraw(chart) {
    const {ctx, chartArea: area, scales: {x}} = chart;
    ctx.save();
    for (const {start, end} of alerts) {
      const left = Math.max(x.getPixelForValue(start), area.left);
      const right = Math.min(end ? x.getPixelForValue(end) : area.right, area.right);
      if (right < area.left || left > area.right) continue;
      ctx.fillStyle = "rgb(220 60 60 / .13)";
      ctx.fillRect(left, area.top, Math.max(right - left, 2), area.bottom - area.top);
    }
    ctx.restore();
  },
};
