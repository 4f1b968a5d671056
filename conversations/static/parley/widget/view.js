// Everything on the page outside the log: header, banners, suggestions, the question whether it helped, toasts.

import { byId, make } from "./dom.js";
import { agentName, answerToJudge, company } from "./state.js";

const TOAST_STAYS = 9000;

/** @param {{ask: (text: string) => void, solve: (value: boolean) => void, escalate: () => void, fresh: () => void}} intents */
export function openView(intents) {
  const status = byId("status");
  const person = byId("person");
  const suggestions = byId("suggestions");
  const solved = byId("solved");
  let prompt = ""; // which question about the answer is shown

  for (const chip of suggestions.querySelectorAll("button")) {
    chip.addEventListener("click", () => intents.ask(chip.textContent.trim()));
  }

  function headline(state, connected) {
    if (!connected) return "Connecting…";
    return { bot: "Assistant · online", waiting: "Waiting for a person", person: `${agentName(state) || "A person"} is here` }[company(state)];
  }

  function personBanner(state) {
    const text = {
      bot: "",
      waiting: "You are waiting for a person. The team has been told; you can leave and come back.",
      person: `You are talking to ${agentName(state) || "a person"}.`,
    }[company(state)];
    person.hidden = !text;
    if (person.textContent !== text) person.textContent = text;
  }

  function button(text, click, kind = "chip") {
    return make("button", { type: "button", class: kind, text, on: { click } });
  }

  function askIfSolved(state) {
    const answer = answerToJudge(state);
    const said = answer && state.solvedAbout === answer.id ? state.conversation.solved : null;
    const next = answer ? `${answer.id}:${said}` : "";
    if (next === prompt) return;
    prompt = next;
    solved.hidden = !answer;
    solved.replaceChildren(...(answer ? judgement(said) : []));
  }

  function judgement(said) {
    if (said === true) return [make("p", { text: "Good to hear!" }), button("New conversation", intents.fresh)];
    if (said === false) {
      return [make("p", { text: "Sorry about that. Say more below, or:" }), button("Talk to a person", intents.escalate)];
    }
    const yes = button("Yes", () => intents.solve(true));
    const no = button("No", () => intents.solve(false));
    return [make("p", { text: "Did this solve it?" }), yes, no];
  }

  return {
    /** @param {import("./state.js").State} state @param {boolean} connected */
    show(state, connected) {
      status.textContent = headline(state, connected);
      personBanner(state);
      suggestions.hidden = !state.loaded || state.messages.length + state.outgoing.length > 0;
      byId("older").hidden = !state.more;
      askIfSolved(state);
    },
    /** @param {string} text an empty one takes the banner away */
    banner(text) {
      byId("offline").hidden = !text;
      byId("offline").textContent = text;
    },
    /** @param {string} text */
    toast(text) {
      const toast = make("p", { class: "toast" }, make("span", { text }));
      const away = () => toast.remove();
      toast.append(make("button", { type: "button", class: "icon", "aria-label": "Dismiss", text: "×", on: { click: away } }));
      byId("toasts").replaceChildren(toast);
      setTimeout(away, TOAST_STAYS);
    },
    /** @param {string} text said to screen readers only */
    announce(text) {
      byId("announce").textContent = text;
    },
  };
}
