// Messages that the server has not acknowledged, one stored entry for each, so that tabs do not overwrite each other.
// They are sent again, with the same id, until the server has them: sending twice changes nothing (docs/protocol.md).

const KEPT = 7 * 86400000; // milliseconds; in a conversation that was left behind nobody waits for it any more

/**
 * @typedef {{type: "message", id: string, text: string, page: string | null}} MessageFrame
 * @param {ReturnType<typeof import("./storage.js").openStore>} store
 */
export function openOutbox(store) {
  const named = (conversation, id) => `out:${conversation}:${id}`;

  return {
    /** @param {string} conversation @param {MessageFrame} frame */
    add(conversation, frame) {
      store.put(named(conversation, frame.id), { frame, at: Date.now() });
    },
    /** @param {string} conversation @param {string} id */
    remove(conversation, id) {
      store.put(named(conversation, id), null);
    },
    /** Forgets what has been waiting for a week. */
    prune() {
      for (const name of store.names("out:")) if (!(Date.now() - store.get(name)?.at < KEPT)) store.put(name, null);
    },
    /** @param {string} conversation @returns {{frame: MessageFrame, at: number}[]} oldest first */
    waiting(conversation) {
      const entries = store.names(`out:${conversation}:`).map((name) => store.get(name));
      return entries.filter((entry) => entry && entry.frame).sort((a, b) => a.at - b.at);
    },
  };
}
