// The button that stops an answer. It takes the place of Send while the box is empty (widget.css), and stands beside it else.

import { byId } from "./dom.js";

const DOUBLE_CLICK = 700; // milliseconds; the second click of one on Send, or on Stop, must not stop what comes next

/** @param {(turn: any) => Promise<boolean>} onStop resolves to whether the server will stop it */
export function openStop(onStop) {
  const button = byId("stop");
  let offered = null; // the turn that a click would stop
  let asked = null; // the one that was told to stop
  let calm = 0; // not to be clicked before
  let waking = 0;

  function refresh() {
    const left = calm - Date.now();
    clearTimeout(waking);
    if (left > 0) waking = setTimeout(refresh, left);
    button.hidden = offered === null || left > 0;
    button.disabled = asked === offered;
  }

  function pause() {
    calm = Date.now() + DOUBLE_CLICK;
  }

  button.addEventListener("click", async (event) => {
    const turn = offered;
    asked = turn;
    refresh();
    if (event.detail === 0) byId("text").focus({ preventScroll: true }); // by key: the button goes away
    pause();
    if (!(await onStop(turn)) && asked === turn) asked = null;
    refresh();
  });

  return {
    /** @param {any} turn the one to stop, or null */
    offer(turn) {
      if (turn === offered) return;
      offered = turn;
      refresh();
    },
    /** Something was sent just now. */
    pause,
  };
}
