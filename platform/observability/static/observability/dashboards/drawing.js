// One chart: Chart.js (unfold brings it, as window.Chart) over a linear axis of seconds, with ticks of our own.
import {colourOf, pageColours} from "./colours.js";
import {make} from "./dom.js";
import {stripes} from "./fired.js";
import {axisWords, words} from "./format.js";
import {fillNumbers} from "./numbers.js";
import {lengthWords, momentWords, stepWords, ticks, tickWords} from "./times.js";

window.Chart.defaults.font.family = "Inter, sans-serif";

export class Drawing {
  constructor(section, addressOf) {
    this.section = section;
    this.unit = section.dataset.unit;
    this.stacked = section.dataset.drawn === "stacked";
    this.box = section.querySelector(".board-box");
    this.canvas = this.box.querySelector("canvas");
    this.empty = this.box.querySelector(".board-empty");
    this.details = section.querySelector("details");
    this.addressOf = addressOf;
    this.colours = new Map();
    this.hidden = new Set();
    this.lines = [];
    this.details.addEventListener("toggle", () => this.showNumbers());
  }

  // All of a range.
  show(lines, range) {
    this.lines = lines;
    this.range = range;
    for (const line of lines) colourOf(line.key, this.colours);
    this.empty.hidden = lines.length > 0;
    this.empty.textContent = this.emptyWords();
    this.canvas.style.visibility = lines.length ? "" : "hidden";
    const per = this.countsUp() ? `in ${lengthWords(range.step)}` : this.section.dataset.overall ?? "";
    this.section.querySelector("[data-per]").textContent = lines.length ? per : "";
    this.draw();
    this.showLegend();
    this.showNumbers();
  }

  // The newest steps, in place of what stood there. False: other lines came, so that all must be asked for again.
  add(lines, range) {
    if (!this.range || range.step !== this.range.step || lines.some((line) => !this.lines.find((mine) => mine.key === line.key))) return false;
    const shift = (range.start - this.range.start) / range.step;
    const first = (range.first - range.start) / range.step;
    const gap = this.countsUp() ? 0 : null;
    for (const mine of this.lines) {
      const newest = lines.find((line) => line.key === mine.key);
      mine.values = joined(mine.values, newest?.values, shift, first, range.buckets, gap);
      if (mine.before) mine.before = joined(mine.before, newest?.before, shift, first, range.buckets, gap);
    }
    this.range = range;
    this.draw();
    this.showNumbers();
    return true;
  }

  // Whether numbers grow with the step, so that one without anything is nought and the last is still growing.
  countsUp() {
    return "adds" in this.section.dataset;
  }

  emptyWords() {
    const filtered = new URLSearchParams(location.search);
    const any = ["site", "model", "rule", "audience"].some((name) => filtered.get(name));
    return any ? "Nothing was counted in this range with these filters. Choose a longer range, or fewer filters."
      : "Nothing was counted in this range. Choose a longer one, or come back when turns have ended.";
  }

  draw() {
    const page = pageColours();
    const data = {datasets: this.datasets(page)};
    if (this.chart) {
      this.chart.data = data;
      this.chart.options = this.options(page);
      this.chart.update("none");
      return;
    }
    if (this.lines.length) this.chart = new window.Chart(this.canvas, {type: this.stacked ? "bar" : "line", data, options: this.options(page), plugins: [stripes]});
  }

  datasets(page) {
    const {range, stacked} = this;
    const at = (values) => values.map((y, n) => ({x: range.start + (n + 0.5) * range.step, y}));
    const open = range.start + range.buckets * range.step > range.end + 1 ? range.buckets - 1 : -1;
    const shown = this.lines.filter((line) => !this.hidden.has(line.key));
    const made = shown.map((line) => {
      const colour = colourOf(line.key, this.colours);
      return stacked ? bars(line, colour, at(line.values), open) : curve(line, colour, at(line.values), this.countsUp() ? open : -1);
    });
    if (stacked && this.unit !== "share") return [...made, ...wholeBefore(shown, at, page.strong)];
    const dashed = shown.filter((line) => line.before && !stacked).map((line) => beforeCurve(line, colourOf(line.key, this.colours), at(line.before)));
    return [...made, ...dashed];
  }

  options(page) {
    const {range, unit, stacked} = this;
    const end = range.start + range.buckets * range.step;
    let step = range.step;
    return {
      animation: false, parsing: false, normalized: true, responsive: true, maintainAspectRatio: false, events: ["mousemove", "mouseout", "touchstart"],
      interaction: {mode: "index", axis: "x", intersect: false},
      scales: {
        x: {
          type: "linear", min: range.start, max: end, stacked, offset: false, grid: {color: page.line, drawTicks: false, offset: false}, border: {color: page.line},
          afterBuildTicks(axis) {
            const found = ticks(range.start, end, axis.width / 60);
            step = found.step;
            axis.ticks = found.moments.map((value) => ({value}));
          },
          ticks: {color: page.quiet, autoSkip: false, maxRotation: 0, padding: 6, font: {size: 11}, callback: (value) => tickWords(value, step)},
        },
        y: {
          beginAtZero: true, stacked, suggestedMax: unit === "share" && stacked ? 1 : undefined, max: unit === "share" && stacked ? 1 : undefined,
          grid: {color: page.line, drawTicks: false}, border: {display: false},
          ticks: {color: page.quiet, maxTicksLimit: 6, precision: this.countsUp() && unit === "count" ? 0 : undefined, padding: 6, font: {size: 11}, callback(value) { return axisWords(value, unit, this.max); }},
        },
      },
      plugins: {legend: {display: false}, tooltip: this.tooltip(page)},
    };
  }

  tooltip(page) {
    const {range, unit, stacked} = this;
    return {
      backgroundColor: page.bg, borderColor: page.line, borderWidth: 1, titleColor: page.strong, bodyColor: page.text, footerColor: page.quiet,
      boxPadding: 4, padding: 8, footerFont: {weight: "normal"}, usePointStyle: false,
      filter: (item) => item.parsed.y !== null && !(stacked && item.parsed.y === 0),
      callbacks: {
        title: (items) => (items.length ? stepWords(range.start + items[0].dataIndex * range.step, range.step) : ""),
        label: (item) => `${item.dataset.label}: ${words(item.parsed.y, unit)}`,
        footer: (items) => {
          if (!items.length) return "";
          const found = [];
          const bars = items.filter((item) => item.dataset.type !== "line");
          if (stacked && unit !== "share" && bars.length > 1) found.push(`Together: ${words(bars.reduce((sum, item) => sum + item.parsed.y, 0), unit)}`);
          if (this.lines[0].before) found.push(`Before: ${momentWords(range.start + items[0].dataIndex * range.step - range.shift)}`);
          return found;
        },
      },
    };
  }

  showLegend() {
    this.section.querySelector(".board-legend").replaceChildren(...this.lines.map((line) => make("li", {}, this.legendButton(line))));
  }

  legendButton(line) {
    const swatch = make("span", {"aria-hidden": "true"});
    swatch.style.background = colourOf(line.key, this.colours);
    const button = make("button", {type: "button", "aria-pressed": String(!this.hidden.has(line.key)), title: "Show or hide this line"},
      swatch, document.createTextNode(line.title), line.overall === undefined ? null : make("b", {text: words(line.overall, this.unit)}));
    button.addEventListener("click", () => {
      if (!this.hidden.delete(line.key)) this.hidden.add(line.key);
      button.setAttribute("aria-pressed", String(!this.hidden.has(line.key)));
      this.draw();
    });
    return button;
  }

  showNumbers() {
    const place = this.details.querySelector(".board-numbers");
    if (this.details.open && this.range) fillNumbers(place, this.lines, this.range, this.unit, this.addressOf);
  }

  retheme() {
    if (!this.range) return;
    this.draw();
    this.showLegend();
  }

  // Where it is drawn, in pixels of the box; undefined while it is empty.
  area() {
    return this.lines.length ? this.chart?.chartArea : undefined;
  }

  momentAt(pixel) {
    return this.chart.scales.x.getValueForPixel(pixel);
  }

  showHair(moment) {
    const area = moment !== null && this.area();
    if (!area) {
      this.hair.style.display = "none";
      return;
    }
    const left = this.chart.scales.x.getPixelForValue(moment);
    Object.assign(this.hair.style, {display: "block", left: `${left}px`, top: `${area.top}px`, height: `${area.bottom - area.top}px`});
  }
}

// Old values moved to the new start, and the newest from `first` on.
function joined(old, newest, shift, first, size, gap) {
  return Array.from({length: size}, (_, n) => {
    if (n >= first) return newest ? newest[n - first] ?? gap : gap;
    return old[n + shift] ?? gap;
  });
}

function lonely(context) {
  const {data} = context.dataset;
  const n = context.dataIndex;
  return data[n]?.y !== null && (data[n - 1]?.y ?? null) === null && (data[n + 1]?.y ?? null) === null;
}

// `open`: the step that is still filling is dotted, or it would look like a fall.
function curve(line, colour, data, open) {
  return {
    label: line.title, data, borderColor: colour, backgroundColor: colour, borderWidth: 1.75, spanGaps: false, tension: 0,
    pointRadius: (context) => (lonely(context) ? 2 : 0), pointHitRadius: 0, pointHoverRadius: 3,
    ...(open > 0 ? {segment: {borderDash: (context) => (context.p1DataIndex === open ? [2, 3] : undefined)}} : {}),
  };
}

function beforeCurve(line, colour, data) {
  return {
    type: "line", label: `${line.title}, before`, data, borderColor: `${colour}99`, backgroundColor: `${colour}99`, borderWidth: 1.25, borderDash: [5, 4],
    pointRadius: 0, pointHitRadius: 0, pointHoverRadius: 2, spanGaps: false,
  };
}

function bars(line, colour, data, open) {
  return {
    label: line.title, data, backgroundColor: data.map((_, n) => (n === open ? `${colour}80` : colour)), barPercentage: 0.92, categoryPercentage: 1, minBarLength: 0,
  };
}

// Of bars that add up, their sum in the period before.
function wholeBefore(lines, at, colour) {
  if (!lines.length || !lines[0].before) return [];
  const sums = lines[0].before.map((_, n) => lines.reduce((sum, line) => sum + (line.before[n] ?? 0), 0));
  return [{...beforeCurve({title: "Together"}, colour, at(sums)), borderColor: colour, backgroundColor: colour}];
}
