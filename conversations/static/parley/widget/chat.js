// The chat: frames in, frames out, what is stored, and what is shown of it.

import { openOutbox } from "./outbox.js";
import { Refused } from "./session.js";
import { initial, reduce, unread } from "./state.js";
import { NotDone, Transport } from "./transport.js";
import { uuid } from "./dom.js";

const LONGEST_PAUSE = 10000;
const MENDED = ["bad_token", "no_conversation", "foreign_origin"]; // the connection closes as well, and `mend` sees to it
const GRACE = 1200; // a connection lost for less than this is not worth a banner

export class Chat {
  /**
   * @param {{site: string, base: URL, shared: any, own: any, sessions: any, changed: (chat: Chat) => void,
   *   told: (kind: "toast" | "banner" | "giveBack" | "limits", value: any) => void, hostError: (text: string) => void}} options
   * `shared` is stored for all tabs, `own` for this one.
   */
  constructor(options) {
    this.options = options;
    this.state = initial();
    this.outbox = openOutbox(options.shared);
    this.session = null;
    this.early = []; // what was written before there was a session
    this.connected = false;
    this.visible = false;
    this.page = null;
    this.transport = new Transport({
      site: options.site,
      base: options.base,
      store: options.own,
      onFrame: (frame) => this.hear(frame),
      onStatus: (connected) => this.setConnected(connected),
      onEnded: (ended) => this.mend(ended),
    });
    options.sessions.watch(() => this.follow());
    options.shared.watch("seen", () => options.changed(this));
  }

  // --- session ---

  async start() {
    this.outbox.prune();
    this.setConnected(false);
    if (await this.renew({})) this.transport.start();
  }

  /** Gets a session, however long it takes. @returns {Promise<boolean>} false when the server refuses for good */
  async renew(wish) {
    for (let pause = 500; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      try {
        this.adopt(await this.options.sessions.open(wish));
        if (this.connected) this.options.told("banner", "");
        return true;
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && error.status !== 429) return this.stuck(error.message);
        if (error instanceof Refused && error.status === 429) this.stuck(error.message);
        await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random() / 2)));
      }
    }
  }

  stuck(text) {
    clearTimeout(this.grace);
    this.options.told("banner", text);
    this.options.hostError(text);
    return false;
  }

  /** Goes on with a session: the same conversation with a new token, or another conversation. */
  adopt(session) {
    const before = this.session?.conversation;
    this.session = session;
    if (session.limits) this.options.told("limits", session.limits);
    if (session.conversation !== before) {
      if (before) this.leave();
      this.enter(before);
    }
    this.transport.use(session);
  }

  leave() {
    this.transport.forget();
    this.state = initial();
  }

  enter(before) {
    const moved = before && this.moving ? this.outbox.waiting(before) : [];
    for (const { frame } of moved) this.outbox.remove(before, frame.id);
    for (const { frame } of this.outbox.waiting(this.session.conversation)) this.post(frame);
    for (const frame of [...moved.map((entry) => entry.frame), ...this.early.splice(0)]) this.post(frame);
    this.options.changed(this);
  }

  /** The server refused the connection: ask for a session again, and take what was not yet sent along. */
  async mend({ reason }) {
    if (reason === "forbidden") return this.stuck("This page may not use the chat. Its owner finds the reason in the browser's console.");
    this.moving = true;
    const mended = await this.renew({});
    this.moving = false;
    return mended;
  }

  /** Another tab changed the session: go where it went. */
  follow() {
    const stored = this.options.sessions.stored();
    if (!stored || !this.session || stored.conversation === this.session.conversation) return;
    this.adopt({ ...this.session, ...stored });
  }

  async fresh() {
    if (this.freshening) return; // a second click
    this.freshening = true;
    await this.renew({ fresh: true });
    this.freshening = false;
  }

  async identify() {
    if (this.session) await this.renew({});
  }

  // --- frames ---

  hear(frame) {
    if (frame.type === "ack" || frame.type === "accepted") this.outbox.remove(this.session.conversation, frame.id);
    if (frame.type === "snapshot") for (const message of frame.messages) this.forgetSent(message.client_id);
    if (frame.type === "error" && !frame.ref && !MENDED.includes(frame.code)) this.options.told("toast", frame.message);
    this.dispatch({ ...frame, heard: Date.now() });
  }

  forgetSent(id) {
    if (id) this.outbox.remove(this.session.conversation, id);
  }

  dispatch(frame) {
    const before = this.state;
    this.state = reduce(before, frame);
    if (this.state !== before) this.options.changed(this);
  }

  /** Shows a text at once, keeps it until the server has it, and gives it back if the server does not want it. */
  ask(text) {
    const frame = { type: "message", id: uuid(), text, page: this.page };
    if (this.session) this.post(frame);
    else this.early.push(frame);
    this.dispatch({ type: "local-send", id: frame.id, text });
  }

  post(frame) {
    const { conversation } = this.session;
    this.outbox.add(conversation, frame);
    this.dispatch({ type: "local-send", id: frame.id, text: frame.text });
    this.transport.send(frame, { forever: true }).catch((error) => {
      this.outbox.remove(conversation, frame.id);
      this.dispatch({ type: "local-refused", id: frame.id });
      this.options.told("giveBack", frame.text);
      this.options.told("toast", error.message);
    });
  }

  /** Sends a frame and shows why it was not carried out. @returns {Promise<boolean>} */
  async tell(frame) {
    try {
      await this.transport.send(frame);
      return true;
    } catch (error) {
      if (!(error instanceof NotDone)) throw error;
      this.options.told("toast", error.message);
      return false;
    }
  }

  /** Shown at once, and taken back if the server refuses. */
  async rate(message, value) {
    const before = this.state.messages.find((one) => one.id === message)?.rating ?? 0;
    this.dispatch({ type: "local-rated", message, value });
    if (!(await this.tell({ type: "rate", message, value }))) this.dispatch({ type: "local-rated", message, value: before });
  }

  async solve(value) {
    if (await this.tell({ type: "solved", value })) this.dispatch({ type: "solved", value });
  }

  escalate() {
    return this.tell({ type: "escalate" });
  }

  /** Rejects with what to tell the visitor, whose text must not be lost. */
  async report({ id, text, message }) {
    await this.transport.send({ type: "report", id, text, ...(message === null ? {} : { message }) });
    this.options.told("toast", "Thank you. The team has your report.");
  }

  /** @returns {Promise<boolean>} whether the server will stop it */
  stop(turn) {
    return this.tell({ type: "stop", turn });
  }

  /** Offered no more at once, and again if the server refuses. */
  async askAgain(turn) {
    if (this.state.asking === turn) return;
    this.dispatch({ type: "local-again", turn });
    if (!(await this.tell({ type: "again", turn }))) this.dispatch({ type: "local-again", turn: null });
  }

  older() {
    return this.tell({ type: "history", before: this.state.messages[0].id });
  }

  // --- what the visitor sees of it ---

  setConnected(connected) {
    this.connected = connected;
    clearTimeout(this.grace);
    if (connected) this.options.told("banner", "");
    else this.grace = setTimeout(() => this.options.told("banner", "Reconnecting…"), GRACE);
    this.options.changed(this);
  }

  setVisible(visible) {
    this.visible = visible;
    this.options.changed(this);
  }

  /** How much has come that the visitor has not seen, in any tab. */
  unread() {
    if (!this.session || !this.state.loaded || !this.state.messages.length) return 0;
    const last = this.state.messages[this.state.messages.length - 1].id;
    const seen = this.options.shared.get("seen");
    const known = seen && seen.conversation === this.session.conversation;
    if (known && seen.message === last) return 0;
    if (known && !this.visible) return unread(this.state, seen.message);
    this.options.shared.put("seen", { conversation: this.session.conversation, message: last });
    return 0;
  }
}
