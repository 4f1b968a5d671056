// The page around the frame. Only the loader is listened to: the parent window, on an origin that the site allows.

/**
 * @param {{origins: string[], on: Record<string, (message: any) => void>}} options `on`: what to do by kind of message
 */
export function openHost({ origins, on }) {
  const embedded = window.parent !== window;
  let origin = null; // known from the loader's first message

  window.addEventListener("message", (event) => {
    if (!embedded || event.source !== window.parent) return;
    if (!origins.includes("*") && !origins.includes(event.origin)) return;
    const message = event.data;
    if (!message || typeof message.parley !== "string") return;
    origin = event.origin;
    if (Object.hasOwn(on, message.parley)) on[message.parley](message);
  });

  return {
    embedded,
    /** Says that we listen. It carries nothing, so that it may go to a parent of yet unknown origin. */
    ready: () => embedded && window.parent.postMessage({ parley: "ready" }, "*"),
    /** @param {string} kind @param {object} [data] */
    tell: (kind, data = {}) => embedded && origin && window.parent.postMessage({ parley: kind, ...data }, origin),
  };
}
