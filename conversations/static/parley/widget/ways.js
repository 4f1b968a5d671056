// The three ways of docs/protocol.md to hold a conversation open. Each is a class with the same shape:
// constructor(link), `run()`, a promise of an Ended when the connection is over, `send(frame)`, `close()`.

/**
 * @typedef {{site: string, base: URL, token: string, conversation: string, cursor: string | null,
 *   heard: (frame: any) => void, welcomed: () => void}} Link
 * `heard` gets every frame; `welcomed` is called when the server has let us in.
 * @typedef {{welcomed: boolean, reason: "lost" | "expired" | "missing" | "forbidden" | "crowded" | "too-large" | "closed"}} Ended
 */

const PATIENCE = 6000; // milliseconds until a server that says nothing at the start is given up
const SILENCE = 45000; // and later on: streams are kept alive by comments, a poll is answered within 25 s

/** @type {Record<number, Ended["reason"]>} */
const CLOSE_CODES = { 4401: "expired", 4403: "forbidden", 4404: "missing", 4409: "crowded", 4413: "too-large" };
/** @type {Record<number, Ended["reason"]>} */
const STATUSES = { 401: "expired", 403: "forbidden", 404: "missing", 413: "too-large", 429: "crowded" };
/** @type {Record<string, Ended["reason"]>} what a stream says before it ends */
const CODES = { bad_token: "expired", foreign_origin: "forbidden", no_conversation: "missing", too_many_connections: "crowded" };

/** A promise that can be settled from outside, and calls `late` unless it was fed in time. */
class Watchdog {
  constructor(late) {
    this.late = late;
  }

  feed(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.late, milliseconds);
  }

  stop() {
    clearTimeout(this.timer);
  }
}

export class SocketWay {
  /** @param {Link} link */
  constructor(link) {
    this.link = link;
    this.welcomed = false;
  }

  /** @returns {Promise<Ended>} */
  run() {
    return new Promise((resolve) => {
      this.finish = (reason) => {
        this.watchdog.stop();
        resolve({ welcomed: this.welcomed, reason });
      };
      this.watchdog = new Watchdog(() => this.close("lost"));
      this.watchdog.feed(PATIENCE);
      this.connect();
    });
  }

  connect() {
    const address = new URL("ws/v1/", this.link.base);
    address.protocol = address.protocol.replace("http", "ws");
    try {
      this.socket = new WebSocket(address);
    } catch {
      this.finish("lost");
      return;
    }
    this.socket.onopen = () => this.greet();
    this.socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    this.socket.onclose = (event) => this.finish(CLOSE_CODES[event.code] || "lost");
  }

  /** The pong shows that the hello was accepted: there may be no event to be told. */
  greet() {
    const { token, conversation, cursor } = this.link;
    this.send({ type: "hello", token, conversation, cursor });
    this.send({ type: "ping", id: "welcome" });
  }

  hear(frame) {
    this.watchdog.stop(); // no standing alarm: in a hidden tab it would go off before the next, throttled, ping
    if (!this.welcomed && (frame.n || frame.type === "pong")) {
      this.welcomed = true;
      this.link.welcomed();
    }
    if (frame.type !== "pong") this.link.heard(frame);
  }

  send(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** Asks whether the server is still there: without an answer in time the connection is over. */
  check(milliseconds) {
    this.send({ type: "ping", id: "check" });
    this.watchdog.feed(milliseconds);
  }

  close(reason = "closed") {
    if (this.socket) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close();
    }
    this.finish?.(reason);
  }
}

/** What the two HTTP ways share: frames go out by POST, and the reply comes back in its body. */
class HttpWay {
  /** @param {Link} link */
  constructor(link) {
    this.link = link;
    this.welcomed = false;
    this.reason = null;
    this.abort = new AbortController();
    this.watchdog = new Watchdog(() => this.close("lost"));
  }

  /** @returns {Promise<Ended>} */
  async run() {
    try {
      await this.listen();
    } catch {
      this.reason ??= "lost"; // the network's errors say nothing that a visitor could use
    }
    this.watchdog.stop();
    return { welcomed: this.welcomed, reason: this.reason ?? "lost" };
  }

  address(path) {
    return new URL(`api/v1/conversations/${this.link.conversation}/${path}`, this.link.base);
  }

  /** @returns {Promise<Response>} an answer of 2xx; else `reason` says why and it throws */
  async fetch(address, options = {}) {
    const headers = { Authorization: `Bearer ${this.link.token}`, ...options.headers };
    const response = await fetch(address, { ...options, headers, credentials: "omit", signal: this.abort.signal });
    if (!response.ok) {
      this.reason = STATUSES[response.status] || "lost";
      throw new Error(`${address} answered ${response.status}`);
    }
    return response;
  }

  welcome() {
    if (this.welcomed) return;
    this.welcomed = true;
    this.link.welcomed();
  }

  async send(frame) {
    const headers = { Authorization: `Bearer ${this.link.token}`, "Content-Type": "application/json" };
    const options = { method: "POST", headers, body: JSON.stringify(frame), credentials: "omit", signal: this.abort.signal };
    try {
      const response = await fetch(this.address("frames"), options);
      const reply = await response.json().catch(() => null);
      if (response.status === 401) this.close("expired");
      else if (reply && reply.type && response.status < 500) this.link.heard({ ref: frame.id, ...reply });
      else this.close("lost"); // a gateway's page instead of an answer: try again with a new connection
    } catch {
      this.close("lost");
    }
  }

  check(milliseconds) {
    this.watchdog.feed(milliseconds);
    fetch(this.address("frames"), {
      method: "POST",
      headers: { Authorization: `Bearer ${this.link.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ type: "ping", id: "check" }),
      signal: this.abort.signal,
    }).then(
      () => this.watchdog.feed(SILENCE),
      () => this.close("lost"),
    );
  }

  close(reason = "closed") {
    this.reason ??= reason;
    this.watchdog.stop();
    this.abort.abort();
  }
}

export class StreamWay extends HttpWay {
  async listen() {
    this.watchdog.feed(PATIENCE);
    const address = this.address("stream");
    if (this.link.cursor) address.searchParams.set("cursor", this.link.cursor);
    const response = await this.fetch(address, { headers: { Accept: "text/event-stream" } });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.welcome(); // the first bytes: no proxy on the way holds the stream back
      this.watchdog.feed(SILENCE);
      rest = this.digest((rest + value).replace(/\r\n/g, "\n"));
    }
  }

  /** Hands on every whole event (WHATWG server-sent events) and returns what is left. */
  digest(text) {
    const events = text.split("\n\n");
    const rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
      if (data.length) this.take(JSON.parse(data.join("\n")));
    }
    return rest;
  }

  take(frame) {
    if (frame.type === "error" && CODES[frame.code]) this.close(CODES[frame.code]);
    else this.link.heard(frame);
  }
}

export class PollingWay extends HttpWay {
  async listen() {
    for (;;) {
      const address = this.address("events");
      if (this.link.cursor) address.searchParams.set("cursor", this.link.cursor);
      address.searchParams.set("wait", this.welcomed ? "20" : "0");
      this.watchdog.feed(SILENCE);
      const body = await (await this.fetch(address)).json();
      this.welcome();
      body.events.forEach(this.link.heard);
      this.link.cursor = body.cursor;
    }
  }
}
