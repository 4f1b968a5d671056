// The menu button (ARIA's menu button pattern) and the dialog that reports a problem.

import { byId, uuid } from "./dom.js";

/** @param {Record<string, () => void>} choices what to do, by the id of the menu's item */
export function openMenu(choices) {
  const button = byId("menu-button");
  const menu = byId("menu");
  const items = [...menu.querySelectorAll("[role=menuitem]")];

  function toggle(open, focusButton = false) {
    menu.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) items.find((item) => !item.disabled)?.focus();
    else if (focusButton) button.focus();
  }

  function step(by) {
    const usable = items.filter((item) => !item.disabled);
    const at = usable.indexOf(document.activeElement);
    usable[(at + by + usable.length) % usable.length].focus();
  }

  button.addEventListener("click", () => toggle(menu.hidden));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    toggle(true);
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Escape") toggle(false, true);
    else if (event.key === "Tab") return toggle(false);
    else return undefined;
    event.preventDefault();
    event.stopPropagation(); // Escape closes the menu, not the chat
    return undefined;
  });
  document.addEventListener("pointerdown", (event) => !event.target.closest(".menu") && toggle(false));
  for (const item of items) {
    item.addEventListener("click", () => {
      toggle(false, true);
      choices[item.id]();
    });
  }

  return {
    /** @param {string} id @param {boolean} possible */
    allow(id, possible) {
      byId(id).disabled = !possible;
    },
  };
}

/**
 * @param {(report: {id: string, text: string, message: any}) => Promise<any>} onSend rejects with what to tell the visitor
 */
export function openReport(onSend) {
  const dialog = byId("report");
  const box = byId("report-text");
  const error = byId("report-error");
  const submit = dialog.querySelector("[type=submit]");
  let about = null;
  let id = uuid(); // the same until it is sent, so that trying again makes no second report

  function complain(text) {
    error.textContent = text;
    error.hidden = !text;
  }

  async function send(event) {
    event.preventDefault();
    if (submit.disabled) return;
    if (!box.value.trim()) {
      complain("Write a few words about what went wrong.");
      return;
    }
    submit.disabled = true;
    complain("");
    try {
      await onSend({ id, text: box.value.trim(), message: about });
      box.value = "";
      id = uuid();
      dialog.close();
    } catch (refusal) {
      complain(refusal.message);
    }
    submit.disabled = false;
  }

  byId("report-form").addEventListener("submit", send);
  byId("report-cancel").addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // Escape closes the dialog, not the chat

  return {
    /** @param {any} message the id of the message that it is about, or null */
    open(message = null) {
      about = message;
      complain("");
      dialog.showModal();
      box.focus();
    },
  };
}
