"use strict";

// The shop's own buttons open the chat, the way any page's may.
for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => window.Parley?.open());
}
