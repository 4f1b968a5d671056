// Drag over a chart to look closer; while the pointer moves, a hair line shows the same moment in all charts.
import {make} from "./dom.js";

const LEAST_PIXELS = 6;

export function addBrush(drawing, drawings, onRange) {
  const brush = make("div", {class: "board-brush"});
  const hair = make("div", {class: "board-hair"});
  drawing.box.append(brush, hair);
  drawing.hair = hair;
  let from = null;

  const place = (event) => {
    const area = drawing.area();
    return area && Math.min(Math.max(event.clientX - drawing.box.getBoundingClientRect().left, area.left), area.right);
  };
  const stop = () => {
    from = null;
    brush.style.display = "none";
  };
  drawing.box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !drawing.area()) return;
    from = place(event);
    drawing.box.setPointerCapture(event.pointerId);
  });
  drawing.box.addEventListener("pointermove", (event) => {
    const at = place(event);
    if (at === null || at === undefined) return;
    for (const each of drawings) each.showHair(drawing.momentAt(at));
    if (from === null) return;
    const {top, bottom} = drawing.area();
    Object.assign(brush.style, {
      display: "block", left: `${Math.min(from, at)}px`, width: `${Math.abs(at - from)}px`, top: `${top}px`, height: `${bottom - top}px`,
    });
  });
  drawing.box.addEventListener("pointerup", (event) => {
    const begun = from;
    stop();
    if (begun === null) return;
    const ends = [begun, place(event)].sort((one, other) => one - other);
    if (ends[1] - ends[0] >= LEAST_PIXELS) onRange(...ends.map((pixel) => drawing.momentAt(pixel)));
  });
  drawing.box.addEventListener("pointercancel", stop);
  drawing.box.addEventListener("keydown", (event) => event.key === "Escape" && stop());
  drawing.box.addEventListener("pointerleave", () => {
    for (const each of drawings) each.showHair(null);
  });
}
