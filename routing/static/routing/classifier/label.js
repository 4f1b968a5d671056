// Keys for labelling: s simple, c complex, space skip, u undo. Not while something is typed, nor with Ctrl, Alt or Cmd.
"use strict";

const KEYS = { s: "simple", c: "complex", " ": "skip", u: "undo" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === " " && event.target.closest("button, a")) return; // there it presses what is focused
  const button = document.querySelector(`[data-label="${KEYS[event.key.toLowerCase()]}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

// A second click while the next message is on its way would label that one unseen.
document.querySelector("#label-form")?.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
