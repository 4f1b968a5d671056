"use strict";

// A classic script in the head: the accent is there before anything is drawn, and no inline style is needed.
(() => {
  const root = document.documentElement;
  const colour = root.dataset.colour || "#4f46e5";
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; // sRGB, IEC 61966-2-1
  });
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  root.style.setProperty("--accent", colour);
  // Whichever of white and near-black has the higher contrast (WCAG 2.2, relative luminance).
  root.style.setProperty("--on-accent", 1.05 / (light + 0.05) >= (light + 0.05) / 0.0573 ? "#fff" : "#16181d");
})();
