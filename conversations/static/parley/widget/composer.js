// The box that the visitor writes in.

import { byId } from "./dom.js";

/**
 * @param {{store: any, onSend: (text: string) => void}} options `store` keeps the draft over reloads
 */
export function openComposer({ store, onSend }) {
  const box = byId("text");
  const button = byId("send");
  const counter = byId("counter");
  let limit = Infinity;
  let returned = ""; // what was given back, while the box still begins with it

  /** Code points, as the server counts them. */
  const left = () => limit - [...box.value].length;

  function refresh() {
    box.style.height = "auto"; // through the object model: the policy forbids only style attributes
    box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
    const remaining = left();
    button.disabled = !box.value.trim() || remaining < 0;
    counter.hidden = remaining > Math.min(200, limit / 10);
    counter.classList.toggle("over", remaining < 0);
    counter.textContent = remaining < 0 ? `${-remaining} characters too many` : `${remaining} characters left`;
  }

  function put(text) {
    box.value = text;
    store.put("draft", text || null);
    refresh();
  }

  function send() {
    const text = box.value.trim();
    if (!text || left() < 0) return;
    put("");
    onSend(text);
  }

  box.addEventListener("input", () => put(box.value));
  box.addEventListener("keydown", (event) => {
    const composing = event.isComposing || event.keyCode === 229; // Enter chooses a word there
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    send();
  });
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
    box.focus();
  });
  put(box.value || store.get("draft") || ""); // first what was typed before this was loaded

  return {
    focus: () => box.focus({ preventScroll: true }),
    /** @param {number} characters the longest message that the server takes */
    limitTo(characters) {
      limit = characters;
      refresh();
    },
    /** Puts a text that was not sent back: after those that came back before it, before what has been typed since. */
    giveBack(text) {
      const before = returned && box.value.startsWith(returned) ? returned : "";
      const typed = box.value.slice(before.length).trim();
      returned = before ? `${before}\n${text}` : text;
      put(typed ? `${returned}\n${typed}` : returned);
    },
  };
}
