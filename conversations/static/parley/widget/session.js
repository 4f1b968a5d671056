// Who we are to the server, and which conversation we are in. Shared by the tabs of a browser.

import { uuid } from "./dom.js";

const NO_IDENTITY = "bad_contact_token"; // the code with which the server refuses a contact token

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

  /** Without what the server refuses: a stale token or a lost conversation must not cost the visitor the chat. */
  async function insist(wish) {
    try {
      return await ask(wish);
    } catch (error) {
      if (!(error instanceof Refused) || ![400, 401, 404].includes(error.status) || error.code === NO_IDENTITY) throw error;
      if (wish.conversation) return insist({ ...wish, conversation: null });
      if (wish.token) return insist({ ...wish, token: null });
      throw error;
    }
  }

  /** One tab at a time, so that two tabs that start together become one contact. */
  function alone(work) {
    return navigator.locks ? navigator.locks.request(`parley:${site}`, work) : work();
  }

  /** Somebody whom the host vouches for and an anonymous visitor do not share what is remembered. */
  const place = () => (contactToken ? "session:identified" : "session");

  /** @param {boolean} fresh @returns {Promise<Session>} */
  async function open(fresh) {
    const known = store.get(place()) || {};
    const conversation = fresh ? uuid() : (known.conversation ?? null);
    const before = contactToken ? store.get("session") : null;
    const who = contactToken
      ? { token: null, contact_token: contactToken, anonymous_token: before?.token ?? null }
      : { token: known.token ?? null, contact_token: null };
    try {
      const session = await insist({ ...who, conversation });
      if (before) store.put("session", null); // handed over: the next anonymous visitor here is somebody else
      store.put(place(), { token: session.token, conversation: session.conversation });
      return session;
    } catch (error) {
      if (error.code !== NO_IDENTITY) throw error;
      complain(`the visitor's identity was refused: ${error.message}`);
      contactToken = null; // anonymous, and not whoever was known here before
      return open(fresh);
    }
  }

  return {
    /** @param {string | null} token a JWT of the host's, null to be anonymous */
    identifyBy(token) {
      contactToken = token;
    },
    /** @returns {{token: string, conversation: string} | null} */
    stored: () => store.get(place()),
    /** @param {() => void} listener called when another tab changes the session */
    watch(listener) {
      for (const name of ["session", "session:identified"]) store.watch(name, () => name === place() && listener());
    },
    /**
     * Asks for a session: of the conversation that we were in, if we still may, or of a fresh one.
     * @param {{fresh?: boolean}} [wish]
     * @returns {Promise<Session>}
     */
    open: ({ fresh = false } = {}) => alone(() => open(fresh)),
  };
}
