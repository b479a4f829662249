/*
 * The wire: both dialects, the REST routes, and a connection that keeps itself. Nothing here knows the page.
 *
 * A frame's kind is the event dialect's word for it, whatever dialect it came in.
 */

const RUN = randomId(6);
const MAX_REMEMBERED_IDS = 2000;
const ANSWER_TIMEOUT_MS = 10_000;
const ACK_AFTER_MS = 200;
const STABLE_AFTER_MS = 30_000;
const MAX_BACKOFF_MS = 30_000;

export const REST_ROUTES = {
  'message:send': '/api/v1/messages/',
  'message:mark_seen': '/api/v1/messages/seen',
  'notification:mark_seen': '/api/v1/notifications/seen',
};

const CLOSE_NAMES = {
  1000: 'closed', 1001: 'going away', 1006: 'connection lost', 1009: 'frame too large', 1011: 'internal error',
  1012: 'restart', 1013: 'try again later', 4000: 'heartbeat missed', 4001: 'idle', 4002: 'slow consumer',
  4003: 'write timeout', 4004: 'token expired', 4005: 'resync', 4029: 'rate limit', 4500: 'unauthorised',
  4501: 'forbidden', 4502: 'replaced by the same instance', 4503: 'too many connections',
  4504: 'too many invalid frames', 4505: 'closed by the host',
};

const ENVELOPE_WORDS = {
  'ack': 'ACK', 'auth': 'AUTH', 'auth:refresh': 'TOKEN_REFRESH', 'resume': 'RESUME', 'ping': 'PING',
  'category:subscribe': 'SUBSCRIBE', 'category:unsubscribe': 'UNSUBSCRIBE',
  'topic:subscribe': 'SUBSCRIBE_TOPICS', 'topic:unsubscribe': 'UNSUBSCRIBE_TOPICS',
  'message:send': 'SEND_MESSAGE', 'message:mark_seen': 'MARK_MESSAGES_SEEN', 'message:typing': 'TYPING',
  'notification:mark_seen': 'MARK_NOTIFICATIONS_READ',
};

const ENVELOPE_KINDS = {
  CONNECTED: 'connected', NEW_NOTIFICATION: 'notification:new', UNREAD_COUNT_UPDATE: 'notification:unseen_count',
  NOTIFICATION_READ: 'notification:seen', PONG: 'pong', NEW_MESSAGE: 'message:new', MESSAGE_SEEN: 'message:seen',
  TYPING: 'message:typing', UNREAD_MESSAGES_UPDATE: 'message:unread_count', PRESENCE_CHANGED: 'presence:changed',
  RESULT: 'result', ERROR: 'error', TOKEN_REFRESHED: 'auth:refreshed', TOKEN_EXPIRING: 'auth:expiring',
  DELIVERY_GAP: 'delivery:gap', DELIVERY_LIVE: 'delivery:live',
};

/** A dialect: its path, its words for client messages, and the way to and from `{kind, id, requestId, data}`. */
export const DIALECTS = {
  event: {
    name: 'event',
    path: '/api/v1/ws',
    word: (kind) => (kind === 'ping' ? null : kind),
    encode: (kind, data, id) =>
      kind === 'pong' ? { type: kind, timestamp: new Date().toISOString() } : { type: kind, ...(id && { id }), data },
    decode(frame) {
      const data = frame.error ?? frame.data ?? (frame.type === 'result' ? {} : frame);
      if (frame.type === 'result') return { kind: 'result', requestId: frame.id, data };
      return { kind: frame.type, id: frame.id, requestId: frame.error?.id, data };
    },
  },
  envelope: {
    name: 'envelope',
    path: '/notification/ws',
    word: (kind) => ENVELOPE_WORDS[kind] ?? null,
    encode: (kind, data, id) =>
      ({ type: ENVELOPE_WORDS[kind], payload: data, timestamp: Date.now(), ...(id && { messageId: id }) }),
    decode({ type, payload, messageId: id }) {
      const kind = ENVELOPE_KINDS[type] ?? type;
      const data = payload ?? {};
      if (kind === 'result') return { kind, requestId: data.id, data: data.data ?? {} };
      return { kind, id, requestId: kind === 'error' ? data.id : undefined, data };
    },
  },
};

/** Sample data of every client message; those that `ask` carry an id and are answered. */
export const CLIENT_MESSAGES = {
  'message:send': { ask: true, data: (s) => ({ receiverId: s.peer, content: 'Hello' }) },
  'message:mark_seen': { ask: true, data: (s) => ({ conversationWith: s.peer, messageIds: s.messageIds }) },
  'message:typing': { data: (s) => ({ conversationWith: s.peer, isTyping: true }) },
  'notification:mark_seen': { ask: true, data: (s) => ({ notificationIds: s.notificationIds }) },
  'category:subscribe': { ask: true, data: () => ({ categories: ['SOCIAL'] }) },
  'category:unsubscribe': { ask: true, data: () => ({ categories: ['SOCIAL'] }) },
  'topic:subscribe': { ask: true, data: (s) => ({ topics: [`presence:${s.peer}`] }) },
  'topic:unsubscribe': { ask: true, data: (s) => ({ topics: [`presence:${s.peer}`] }) },
  'ack': { data: (s) => ({ messageId: s.lastId }) },
  'resume': { data: (s) => ({ lastMessageId: s.lastId }) },
  'auth': { data: (s) => ({ token: s.token }) },
  'auth:refresh': { data: (s) => ({ token: s.token }) },
  'ping': { data: () => ({}) },
  'pong': { data: () => ({}) },
};

export function randomId(length) {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => (byte % 36).toString(36)).join('');
}

let requests = 0;
export const nextRequestId = () => `${RUN}-${++requests}`;

/** The id as the wire wants it: a canonical decimal up to 2^53-1 is a number, anything else text. */
export function wireId(text) {
  const number = Number(text);
  return String(number) === text && Number.isSafeInteger(number) && number >= 0 ? number : text;
}

const isDurable = (id) => typeof id === 'string' && id.startsWith('p');

export function parse(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

const shorten = (text) => pretty(text).slice(0, 600);

export function pretty(text) {
  const value = parse(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

/** What a route or a frame answered instead of doing it. */
class Refusal extends Error {
  constructor(title, detail = '', status = 0) {
    super(title);
    Object.assign(this, { detail, status });
  }
  get mayPass() { return this.status === 0 || this.status === 429 || (this.status >= 500 && this.status !== 501); }
}

/** The REST routes as one user. Rejects with a Refusal, which holds the body that the server sent. */
export class Rest {
  #tokens = new Map();

  constructor(settings, user, log) {
    Object.assign(this, { settings, user, log });
  }

  /** A new token, from `/dev/token` or as pasted. */
  async newToken(scope = '') {
    const { pasted, tenant, ttl } = this.settings;
    if (pasted.value) return pasted.value.trim();
    const query = new URLSearchParams({ user: this.user, ttl: ttl.value || '3600' });
    if (tenant.value) query.set('tenant', tenant.value);
    if (scope) query.set('scope', scope);
    const response = await this.#fetch('GET', `/dev/token?${query}`);
    const text = await response.text();
    if (!response.ok) {
      const hint = [404, 501].includes(response.status) ? '\nNo dev mode here? Paste a token under Settings.' : '';
      throw new Refusal(`No token: /dev/token answered ${response.status}`, shorten(text) + hint, response.status);
    }
    this.#tokens.set(scope, text.trim());
    return text.trim();
  }

  async call(method, path, body, { scope = '', id = nextRequestId(), retried = false } = {}) {
    const token = this.settings.pasted.value.trim() || this.#tokens.get(scope) || (await this.newToken(scope));
    this.log({ channel: 'rest', way: 'out', type: `${method} ${path}`, text: body ? JSON.stringify(body) : '' });
    const headers = { Authorization: `Bearer ${token}` };
    if (body) Object.assign(headers, { 'Content-Type': 'application/json', 'Idempotency-Key': id });
    const response = await this.#fetch(method, path, { headers, body: body && JSON.stringify(body) });
    const text = await response.text();
    this.log({ channel: 'rest', way: 'in', type: `${response.status} ${method} ${path}`, text });
    if (response.status === 401 && !retried && !this.settings.pasted.value) {
      this.#tokens.delete(scope);
      return this.call(method, path, body, { scope, id, retried: true });
    }
    const { ok, status } = response;
    if (!ok) throw new Refusal(`${method} ${path} answered ${status}`, shorten(text), status);
    return text ? parse(text) ?? {} : {};
  }

  async #fetch(method, path, options = {}) {
    try {
      return await fetch(path, { method, cache: 'no-store', ...options });
    } catch {
      throw new Refusal(`${method} ${path.split('?')[0]}: the server cannot be reached`);
    }
  }
}

export function refusalOf({ code = 'error', message = '', field, retryAfter }) {
  const lines = [message, field && `field: ${field}`, retryAfter && `again in ${retryAfter} s`];
  return new Refusal(code, lines.filter(Boolean).join('\n'));
}

/*
 * One connection in one dialect.
 *
 * OFF -> CONNECTING -> CONNECTED -> LIVE; a loss leads to WAITING and from there to CONNECTING, or to STOPPED when the
 * close code says that trying again is no use. `connect` (also: again) and `disconnect` work in every state. What an
 * earlier attempt still delivers is ignored. The position is the socket's own, so that a reconnect never skips what
 * only another window has read.
 */
export class TidingsSocket {
  #ws = null;
  #attempt = 0;
  #failures = 0;
  #greetedAt = 0;
  #reconnectWindowMs = 500;
  #tokenRenewed = false;
  #retryTimer = 0;
  #ackTimer = 0;
  #received = new Set();
  #asked = new Map();
  #instance = randomId(10);
  state = 'off';
  detail = '';
  hint = '';
  connectionId = '';
  retryAt = 0;

  /** The host gives `token()`, `device` and `settings`, and is told all else. */
  constructor(dialect, lastId, host) {
    Object.assign(this, { dialect, lastId, host });
  }

  get open() { return this.state === 'connected' || this.state === 'live'; }

  async connect() {
    const attempt = this.#leave();
    this.#become('connecting');
    let token;
    try {
      token = await this.host.token();
    } catch (refusal) {
      if (attempt !== this.#attempt) return;
      if (refusal.mayPass) return this.#retry(refusal.message);
      this.host.failed(refusal);
      return this.#become('stopped', refusal.message);
    }
    if (attempt === this.#attempt) this.#dial(token, attempt);
  }

  disconnect() {
    if (this.#ws) this.#log('note', 'disconnected');
    this.#leave();
    this.#become('off');
  }

  /** Sends text as it is; false when there is no connection. */
  send(text) {
    if (this.#ws?.readyState !== WebSocket.OPEN) return false;
    this.#ws.send(text);
    this.#log('out', text);
    return true;
  }

  say(kind, data, id) { return this.send(JSON.stringify(this.dialect.encode(kind, data, id))); }

  /** Sends a request; resolves with the result's data, rejects with a Refusal. The same id is done only once. */
  request(kind, data, id = nextRequestId()) {
    return new Promise((resolve, reject) => {
      if (!this.open || !this.say(kind, data, id)) return reject(new Refusal('Not connected'));
      const timer = setTimeout(() => this.#settle(id, new Refusal('No answer within 10 s')), ANSWER_TIMEOUT_MS);
      this.#asked.set(id, { resolve, reject, timer });
    });
  }

  #dial(token, attempt) {
    const { carrier } = this.host.settings;
    const url = new URL(this.dialect.path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    url.search = new URLSearchParams({ device: this.host.device, instance: this.#instance });
    if (this.lastId) url.searchParams.set('lastMessageId', this.lastId);
    if (carrier.value === 'query') url.searchParams.set('token', token);
    const ws = new WebSocket(url, carrier.value === 'subprotocol' ? ['tidings.v1', `bearer.${token}`] : []);
    let opened = false;
    this.#ws = ws;
    ws.onopen = () => {
      opened = true;
      if (carrier.value === 'frame') this.say('auth', { token });
    };
    ws.onmessage = ({ data }) => attempt === this.#attempt && this.#receive(data);
    ws.onclose = ({ code, reason }) => attempt === this.#attempt && this.#closed(code, reason, opened);
  }

  /** Ends whatever runs and returns the number of the attempt that begins. */
  #leave() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#ackTimer);
    this.#ackTimer = 0;
    this.#ws?.close(1000);
    this.#ws = null;
    for (const id of this.#asked.keys()) this.#settle(id, new Refusal('Disconnected before the answer'));
    return ++this.#attempt;
  }

  #receive(text) {
    this.#log('in', text);
    const json = parse(text);
    if (json === null || typeof json !== 'object') return;
    const frame = this.dialect.decode(json);
    const repeated = this.#remember(frame.id);
    if (isDurable(frame.id)) this.#advance(repeated ? this.lastId : frame.id);
    if (repeated) return;
    if (frame.kind === 'connected') this.#greet(frame.data);
    if (frame.kind === 'delivery:live') this.#goLive(frame.data);
    if (frame.kind === 'ping' && this.host.settings.pongs.checked) this.say('pong');
    if (frame.kind === 'result') this.#settle(frame.requestId, null, frame.data);
    const answered = frame.kind === 'error' && this.#settle(frame.requestId, refusalOf(frame.data));
    if (!answered) this.host.frame(this, frame);
  }

  /** Whether this id was here before. */
  #remember(id) {
    if (!id) return false;
    if (this.#received.has(id)) return true;
    this.#received.add(id);
    if (this.#received.size > MAX_REMEMBERED_IDS) this.#received.delete(this.#received.values().next().value);
    return false;
  }

  /** Acknowledgements are cumulative: a burst needs only the last. */
  #advance(id) {
    this.lastId = id;
    this.host.position(id);
    if (!this.host.settings.acks.checked) return;
    this.#ackTimer ||= setTimeout(() => {
      this.#ackTimer = 0;
      this.say('ack', { messageId: this.lastId });
    }, ACK_AFTER_MS);
  }

  #greet(data) {
    this.connectionId = data.connectionId ?? '';
    this.#reconnectWindowMs = data.reconnectWindowMs ?? 500;
    this.#greetedAt = Date.now();
    this.#tokenRenewed = false;
    this.hint = '';
    this.lastId ||= data.lastMessageId ?? '';
    this.#become('connected');
  }

  #goLive({ lastMessageId }) {
    if (isDurable(lastMessageId)) this.lastId = lastMessageId;
    this.#become('live');
  }

  #closed(code, reason, opened) {
    const name = CLOSE_NAMES[code] ?? (reason || 'closed');
    const why = opened ? `${code} ${name}` : 'the handshake failed';
    this.#log('note', `${opened ? 'closed' : 'handshake failed'} ${code} ${reason || name}`);
    if (this.#greetedAt && Date.now() - this.#greetedAt > STABLE_AFTER_MS) this.#failures = 0;
    this.#greetedAt = 0;
    this.#leave();
    if (!opened && this.#failures === 0) this.host.refused(this);
    if (code === 4500 && !this.#tokenRenewed) {
      this.#tokenRenewed = true;
      return this.#retry(why);
    }
    if (code >= 4500 && code <= 4999) return this.#become('stopped', why);
    const asked = [1012, 1013, 4029].includes(code) && /delayMs=(\d+)/.exec(reason);
    return this.#retry(why, asked ? Number(asked[1]) : undefined);
  }

  /** Waits a random part of a window: the server's own at first, then one that doubles. */
  #retry(why, delayMs = Math.random() * Math.min(MAX_BACKOFF_MS, this.#reconnectWindowMs * 2 ** this.#failures)) {
    this.#failures++;
    this.retryAt = Date.now() + delayMs;
    this.#become('waiting', why);
    this.#retryTimer = setTimeout(() => this.connect(), delayMs);
  }

  #settle(id, refusal, data) {
    const asked = this.#asked.get(id);
    if (!asked) return false;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    if (refusal) asked.reject(refusal);
    else asked.resolve(data);
    return true;
  }

  #become(state, detail = '') {
    Object.assign(this, { state, detail });
    if (!this.open) this.connectionId = '';
    this.host.changed(this);
  }

  #log(way, text) {
    const type = way === 'note' ? text : parse(text)?.type ?? 'text';
    this.host.log({ channel: this.dialect.name, way, type, text: way === 'note' ? '' : text });
  }
}
