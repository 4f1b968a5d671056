// Who we are to the server, and which conversation we are in. Shared by the tabs of a browser.

import { uuid } from "./dom.js";

/** The server's refusal: `code` and `message` as docs/protocol.md has them, `status` of HTTP. */
export class Refused extends Error {
  /** @param {{code?: string, message?: string}} body @param {number} status */
  constructor(body, status) {
    super(body.message || `The chat server answered ${status}.`);
    this.code = body.code || "refused";
    this.status = status;
  }
}

/**
 * @typedef {{token: string, conversation: string, contact: object, site: object, limits: {characters: number}}} Session
 * @param {{site: string, base: URL, store: ReturnType<typeof import("./storage.js").openStore>, complain: (text: string) => void}} options
 */
export function openSessions({ site, base, store, complain }) {
  let contactToken = null;

  /** @param {object} wish @returns {Promise<Session>} */
  async function ask(wish) {
    const response = await fetch(new URL("api/v1/session", base), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      body: JSON.stringify({ site, ...wish }),
    });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(body, response.status);
    return body;
  }

  /** Without what the server refuses: a bad identity must not cost the visitor the chat, nor a stale token. */
  async function insist(wish) {
    try {
      return await ask(wish);
    } catch (error) {
      if (!(error instanceof Refused) || ![400, 401, 403, 404].includes(error.status)) throw error;
      if (wish.contact_token) {
        complain(`the visitor's identity was refused: ${error.message}`);
        return insist({ ...wish, contact_token: null });
      }
      if (wish.conversation) return insist({ ...wish, conversation: null });
      if (wish.token) return insist({ ...wish, token: null });
      throw error;
    }
  }

  /** One tab at a time, so that two tabs that start together become one contact. */
  function alone(work) {
    return navigator.locks ? navigator.locks.request(`parley:${site}`, work) : work();
  }

  /** What we remember, unless it is of somebody who has signed out of the host's page since. */
  function remembered() {
    const known = store.get("session") || {};
    return known.identified && !contactToken ? {} : known;
  }

  return {
    /** @param {string | null} token a JWT of the host's, null to be anonymous */
    identifyBy(token) {
      contactToken = token;
    },
    /** @returns {{token: string, conversation: string} | null} */
    stored: () => store.get("session"),
    /**
     * Asks for a session.
     * @param {{fresh?: boolean}} [wish] `fresh`: a new conversation; else the one that we were in, if we may
     * @returns {Promise<Session>}
     */
    open(wish = {}) {
      return alone(async () => {
        const known = remembered();
        const conversation = wish.fresh ? uuid() : (known.conversation ?? null);
        const session = await insist({ token: known.token ?? null, contact_token: contactToken, conversation });
        const { token, contact } = session;
        store.put("session", { token, conversation: session.conversation, identified: contact.identified });
        return session;
      });
    },
  };
}
