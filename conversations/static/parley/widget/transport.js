// Keeps a conversation connected: the best way that works, again and again, from the last event seen.

import { uuid } from "./dom.js";
import { PollingWay, SocketWay, StreamWay } from "./ways.js";

const WAYS = [SocketWay, StreamWay, PollingWay];
const NAMES = ["websocket", "stream", "polling"];
const TRIES = 2; // failures of one way before the next one is tried
const LONGEST_PAUSE = 10000;
const PING_EVERY = 25000;
const STEADY = 5000; // a connection that held for so long may be replaced soon when it breaks
const REPLY_WITHIN = 20000;
const BETTER_AFTER = 900000; // a way that is not the best is left after so long, to see whether the best works now
const BUSY_PAUSE = 2000;
const TICK = 5000; // a tick that is three times late means that the machine slept

/** A frame was refused (`code`, `message` of docs/protocol.md) or got no answer (`code` "no_answer"). */
export class NotDone extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Transport {
  /**
   * @param {{site: string, base: URL, store: any, onFrame: (frame: any) => void, onStatus: (connected: boolean) => void,
   *   onEnded: (ended: import("./ways.js").Ended) => Promise<boolean>}} options
   * `onEnded` is asked when the server refused us: it gets a new session by `use` and returns whether to go on.
   */
  constructor(options) {
    this.options = options;
    this.way = Math.max(0, NAMES.indexOf(options.store.get("way")));
    this.failures = 0;
    this.pause = 0;
    this.mended = false;
    this.cursor = null;
    /** @type {Map<string, {frame: any, sent: boolean, resolve: (reply: any) => void, reject: (error: Error) => void, timer: any}>} */
    this.pending = new Map();
  }

  /** Which session to speak for. A new conversation starts without a cursor. */
  use({ token, conversation }) {
    if (conversation !== this.conversation) this.cursor = null;
    this.token = token;
    this.conversation = conversation;
    this.connection?.close("closed");
  }

  /** Connects, and again whenever it is lost, until `stop`. */
  async start() {
    if (this.running) return;
    this.running = true;
    this.watch();
    while (this.running) {
      const ended = await this.hold();
      this.options.onStatus(false);
      if (!this.running) return;
      if (["expired", "missing", "forbidden"].includes(ended.reason) && !(await this.options.onEnded(ended))) break;
      if (ended.reason === "too-large") this.refuseAll("too_large", "That is too long to be sent. Shorten it and try again.");
      await this.wait(ended);
    }
    this.running = false;
  }

  stop() {
    this.running = false;
    this.unwatch?.abort();
    clearInterval(this.ticking);
    this.connection?.close("closed");
    this.wakeUp?.();
  }

  /** @returns {Promise<import("./ways.js").Ended>} when this connection is over */
  async hold() {
    const conversation = this.conversation;
    /** @type {import("./ways.js").Link} */
    const link = {
      site: this.options.site,
      base: this.options.base,
      token: this.token,
      conversation,
      cursor: this.cursor,
      heard: (frame) => conversation === this.conversation && this.hear(frame),
      welcomed: () => this.welcome(),
    };
    this.began = Date.now();
    this.connection = new WAYS[this.way](link);
    const ended = await this.connection.run();
    if (ended.welcomed && Date.now() - this.began > STEADY) this.pause = 0;
    this.connected = false;
    this.connection = null;
    for (const entry of this.pending.values()) entry.sent = false;
    return ended;
  }

  welcome() {
    this.connected = true;
    this.failures = 0;
    this.mended = false;
    this.options.store.put("way", NAMES[this.way]);
    this.options.onStatus(true);
    this.flush();
  }

  hear(frame) {
    if (frame.n) this.cursor = frame.n;
    const entry = this.pending.get(frame.ref ?? frame.id);
    if (entry && frame.code === "busy") return this.later(entry);
    if (entry && ["ack", "done", "history", "memories", "error"].includes(frame.type)) this.settle(entry, frame);
    this.options.onFrame(frame);
    return undefined;
  }

  /** The server could not do it now, and says that trying again helps. */
  later(entry) {
    setTimeout(() => {
      entry.sent = false;
      this.flush();
    }, BUSY_PAUSE);
  }

  settle(entry, reply) {
    clearTimeout(entry.timer);
    this.pending.delete(entry.frame.id);
    if (reply.type === "error") entry.reject(new NotDone(reply.code, reply.message));
    else entry.resolve(reply);
  }

  /**
   * Sends a frame, now or when we are connected again, as often as it takes: every frame may be repeated.
   * @param {any} frame
   * @param {{forever?: boolean}} [options] `forever`: never give up waiting for the answer
   * @returns {Promise<any>} the server's reply. Rejects with NotDone.
   */
  send(frame, { forever = false } = {}) {
    const whole = { id: uuid(), ...frame };
    return new Promise((resolve, reject) => {
      const late = () => this.giveUp(whole.id);
      const timer = forever ? null : setTimeout(late, REPLY_WITHIN);
      this.pending.set(whole.id, { frame: whole, sent: false, resolve, reject, timer });
      this.flush();
    });
  }

  giveUp(id) {
    const entry = this.pending.get(id);
    this.pending.delete(id);
    entry?.reject(new NotDone("no_answer", "The chat server did not answer. Check your connection and try again."));
  }

  refuseAll(code, message) {
    for (const entry of [...this.pending.values()]) this.settle(entry, { type: "error", code, message });
  }

  /** Frames of a conversation that is left behind must not be sent in the next one. */
  forget() {
    for (const { timer } of this.pending.values()) clearTimeout(timer);
    this.pending.clear();
  }

  flush() {
    if (!this.connected) return;
    for (const entry of this.pending.values()) {
      if (entry.sent) continue;
      entry.sent = true;
      this.connection?.send(entry.frame);
    }
  }

  /** After a refusal that was mended: at once. After a failure: longer each time, and jittered, so that a herd spreads. */
  async wait({ reason, welcomed }) {
    if (reason === "closed") return;
    if (["expired", "missing"].includes(reason) && !this.mended) {
      this.mended = true; // once: a server that refuses what it has just given is asked slowly
      return;
    }
    if (!welcomed && ++this.failures >= TRIES && (await this.reachable())) {
      this.way = (this.way + 1) % WAYS.length;
      this.failures = 0;
    }
    if (reason === "crowded") this.pause = LONGEST_PAUSE;
    this.pause = Math.min(LONGEST_PAUSE, this.pause ? this.pause * 2 : 500);
    const milliseconds = this.pause * (0.5 + Math.random() / 2);
    await new Promise((resolve) => {
      this.wakeUp = resolve;
      setTimeout(resolve, milliseconds);
    });
    this.wakeUp = null;
  }

  /** Whether the server answers at all. If not, it is down, and another way would not help. */
  async reachable() {
    const address = new URL(`api/v1/sites/${this.options.site}`, this.options.base);
    const options = { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(5000) };
    return fetch(address, options).then((response) => response.status < 500, () => false);
  }

  // --- noticing that the network or the machine came back ---

  watch() {
    this.unwatch = new AbortController();
    const options = { signal: this.unwatch.signal };
    window.addEventListener("online", () => this.startOver(), options);
    window.addEventListener("offline", () => this.connection?.close("lost"), options);
    window.addEventListener("pageshow", (event) => event.persisted && this.wake(), options);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake(), options);
    let last = Date.now();
    this.pinged = last;
    this.ticking = setInterval(() => {
      const now = Date.now();
      if (now - last > 3 * TICK) this.wake();
      else if (this.connected) this.tend(now);
      last = now;
    }, TICK);
  }

  /** What a standing connection needs once in a while. */
  tend(now) {
    if (this.way === 0 && now - this.pinged >= PING_EVERY) {
      this.pinged = now;
      this.connection?.check(REPLY_WITHIN);
    }
    if (this.way > 0 && now - this.began > BETTER_AFTER && !this.pending.size) {
      this.bestFirst();
      this.connection?.close("closed");
    }
  }

  /** Tries the best way again; one failure leads down. */
  bestFirst() {
    this.way = 0;
    this.failures = TRIES - 1;
  }

  /** A network came back, perhaps another one, where the best way works. */
  startOver() {
    if (!this.connected) this.bestFirst();
    this.wake();
  }

  /** Tries at once what would be tried later, or makes sure that the connection is alive. */
  wake() {
    if (this.wakeUp) {
      this.pause = 0;
      this.wakeUp();
    } else if (this.connected) this.connection?.check(4000);
  }
}
