// "What you know about me": what is remembered of the visitor, to be corrected, forgotten, or switched off.

import { byId, make } from "./dom.js";

const NOTHING = "Nothing yet. What you tell us about yourself appears here a minute or so later.";

/**
 * @typedef {{id: number, kind: string, text: string, at: string}} Memory
 * @param {(frame: object) => Promise<{enabled: boolean, memories: Memory[]}>} ask sends a frame; rejects with what to tell
 */
export function openMemories(ask) {
  const dialog = byId("memories");
  const list = byId("memories-list");
  const empty = byId("memories-empty");
  const error = byId("memories-error");
  const enabled = byId("memories-enabled");
  const forgetAll = byId("memories-forget");
  let sure = false; // the second click on "Forget everything" does it

  function complain(text) {
    error.textContent = text;
    error.hidden = !text;
  }

  /** Carries out a wish, and shows what is remembered afterwards. Nothing typed is lost when it is refused. */
  async function wish(frame) {
    dialog.setAttribute("aria-busy", "true");
    try {
      show(await ask(frame));
      complain("");
      return true;
    } catch (refusal) {
      complain(refusal.message);
      return false;
    } finally {
      dialog.removeAttribute("aria-busy");
    }
  }

  function show({ memories, enabled: on }) {
    enabled.checked = on;
    list.replaceChildren(...memories.map(row));
    empty.textContent = on ? NOTHING : "Switched off: nothing is remembered, and nothing that was is used.";
    empty.hidden = memories.length > 0;
    forgetAll.hidden = memories.length === 0;
    hesitate(false);
  }

  function hesitate(now) {
    sure = now;
    forgetAll.textContent = now ? "Really forget everything?" : "Forget everything";
  }

  function row(memory) {
    const text = make("span", { class: "memory-text", text: memory.text });
    const when = make("time", { datetime: memory.at, text: new Date(memory.at).toLocaleDateString() });
    const item = make("li", {}, text, when);
    const correct = button("Correct", () => item.replaceChildren(editor(memory, item)));
    item.append(correct, button("Forget", () => wish({ type: "memory-forget", memory: memory.id })));
    return item;
  }

  function editor(memory, item) {
    const box = make("textarea", { rows: "2", maxlength: "500", "aria-label": "Correct what is remembered" });
    box.value = memory.text;
    const save = () => wish({ type: "memory-correct", memory: memory.id, text: box.value });
    const back = () => item.replaceWith(row(memory));
    queueMicrotask(() => box.focus());
    return make("div", { class: "memory-edit" }, box, button("Save", save), button("Cancel", back));
  }

  function button(text, click) {
    return make("button", { type: "button", class: "link", text, on: { click } });
  }

  enabled.addEventListener("change", async () => {
    const wanted = enabled.checked;
    if (!(await wish({ type: "memory-switch", value: wanted }))) enabled.checked = !wanted;
  });
  forgetAll.addEventListener("click", () => (sure ? wish({ type: "memory-forget-all" }) : hesitate(true)));
  byId("memories-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // Escape closes the dialog, not the chat

  return {
    open() {
      list.replaceChildren();
      empty.hidden = true;
      complain("");
      dialog.showModal();
      wish({ type: "memories" });
    },
  };
}
