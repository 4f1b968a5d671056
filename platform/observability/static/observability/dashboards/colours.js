// Colours of lines, after Okabe and Ito's set for all kinds of sight, darker or lighter until they stand out.
const LIGHT = {
  blue: "#0072b2", red: "#d55e00", green: "#008a64", purple: "#a8437f", amber: "#b87a00", sky: "#4a9fd8", brown: "#7a4b1e", olive: "#6f7f12", pink: "#d6568c", grey: "#7b8494",
};
const DARK = {
  blue: "#4da8e8", red: "#ff8a4c", green: "#2bc99a", purple: "#e58fc1", amber: "#f2b93b", sky: "#a5d8ff", brown: "#c79a6b", olive: "#c6d44f", pink: "#ff9ebd", grey: "#8b95a5",
};
const ORDER = ["blue", "amber", "green", "purple", "sky", "red", "brown", "olive", "pink"];
// What means the same everywhere looks the same everywhere.
const FIXED = {
  p50: "sky", p95: "blue", p99: "red",
  answered: "blue", failed: "red", cancelled: "grey",
  confirmed: "green", assumed: "sky", unsolved: "amber", abandoned: "red", escalated: "purple",
  up: "blue", down: "red", queued: "amber", parked: "purple", running: "blue", others: "grey", None: "grey", ignored: "grey",
};

export function isDark() {
  return document.documentElement.classList.contains("dark");
}

// A colour for each key, in the order in which they first came; `kept` remembers it, so that none changes while it lives.
export function colourOf(key, kept) {
  const palette = isDark() ? DARK : LIGHT;
  if (!kept.has(key)) {
    const taken = new Set(kept.values());
    kept.set(key, FIXED[key] ?? ORDER.find((name) => !taken.has(name)) ?? ORDER[kept.size % ORDER.length]);
  }
  return palette[kept.get(key)];
}

// The page's own colours, for axes.
export function pageColours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {line: of("--p-line"), quiet: of("--p-quiet"), strong: of("--p-strong"), text: of("--p-text"), bg: of("--p-bg")};
}

export function whenThemeChanges(call) {
  new MutationObserver(call).observe(document.documentElement, {attributes: true, attributeFilter: ["class"]});
}
