/*
 * The page to try Tidings with: one user, a connection in one dialect or in both. pair.html shows it twice, as two users.
 *
 * wire.js keeps connections and speaks REST, views.js shows what arrives, hood.js shows the frames; here they meet.
 */

import { DIALECTS, REST_ROUTES, Rest, TidingsSocket, randomId, refusalOf, wireId } from './wire.js';
import { $, Bell, Chat, el, toast, toneOf } from './views.js';
import { FrameEditor, FrameLog } from './hood.js';

/** A storage where the browser allows it; otherwise what is stored lives as long as the page. */
function kept(storage) {
  const fallback = new Map();
  return {
    get(key) { try { return window[storage].getItem(key); } catch { return fallback.get(key) ?? null; } },
    set(key, value) { try { window[storage].setItem(key, value); } catch { fallback.set(key, value); } },
    remove(key) { try { window[storage].removeItem(key); } catch { fallback.delete(key); } },
  };
}

/** Of this browser: the device. Of this tab, over a reload: where it stands in the mailbox. */
const store = kept('localStorage');
const tab = kept('sessionStorage');

/** Which half of pair.html this is, if any. */
const SIDE = window.parent !== window && ['left', 'right'].includes(window.name) ? window.name : null;

/** One user on this page: the connections, and who is told what. */
class Page {
  sockets = new Map();
  #versions = {};
  #historyOf = null;
  #watched = '';

  constructor() {
    if (SIDE) document.documentElement.dataset.side = SIDE;
    this.settings = $('settings').elements;
    this.log = new FrameLog();
    this.bell = new Bell(this);
    this.chat = new Chat(this);
    this.editor = new FrameEditor(this);
    this.#readAddress();
    this.#listen();
    this.#becomeUser();
    this.#begin();
    setInterval(() => this.#countDown(), 1000);
  }

  /** Asks for something over the chosen way: a frame on a connection, or REST. */
  perform(kind, data, id) {
    const via = $('via').value;
    if (via === 'rest') return this.rest.call('POST', REST_ROUTES[kind], data, { id });
    return this.sockets.get(via).request(kind, data, id);
  }

  /** As `perform`; a refusal is shown, and answered by false. */
  async attempt(kind, data) {
    try {
      await this.perform(kind, data);
      return true;
    } catch (refusal) {
      this.#show(refusal);
      return false;
    }
  }

  /** Posts and shows what became of it; `outcome` says it in words. */
  async post(path, body, scope, outcome) {
    try {
      toast(outcome(await this.rest.call('POST', path, body, { scope })), '', 'good');
    } catch (refusal) {
      this.#show(refusal);
    }
  }

  /** Says something that wants no answer, on the first open connection. */
  say(kind, data) { [...this.sockets.values()].find((socket) => socket.open)?.say(kind, data); }

  retitle() {
    const waiting = Number($('bell-count').textContent) + (parseInt($('unread').textContent, 10) || 0);
    document.title = `${waiting ? `(${waiting}) ` : ''}user ${this.user} · Tidings`;
  }

  #show(refusal) { toast(refusal.message, refusal.detail); }

  #readAddress() {
    const query = new URLSearchParams(location.search);
    $('user').value = query.get('user') || '1';
    $('peer').value = query.get('to') ?? '';
    const dialect = document.querySelector(`[name=dialect][value="${CSS.escape(query.get('dialect') ?? '')}"]`);
    if (dialect) dialect.checked = true;
    $('expert').open = (store.get('tidings.expert') ?? String(innerWidth > 1000)) === 'true';
  }

  #listen() {
    const form = $('connection');
    form.onsubmit = (event) => { event.preventDefault(); if (!this.#on()) this.#connect(); };
    $('connect').onclick = () => this.#toggle();
    form.onchange = ({ target }) => {
      if (target.id === 'user' && $('user').value.trim() && $('user').value.trim() !== this.user) this.#switchUser();
      if (target.name === 'dialect') this.#switchDialect();
    };
    $('reconnect').onclick = () => this.#connect();
    $('second').onclick = (event) => this.#openBeside(event);
    $('bell').onclick = () => $('notifications-title').focus({ preventScroll: true });
    $('expert').ontoggle = () => store.set('tidings.expert', $('expert').open);
    $('settings').onchange = ({ target }) => ['tenant', 'pasted'].includes(target.name) && this.#switchUser();
    $('forget').onclick = () => this.#forget();
    $('post').onsubmit = (event) => { event.preventDefault(); this.#postNotification(); };
    addEventListener('online', () => this.sockets.forEach((socket) => socket.state === 'waiting' && socket.connect()));
  }

  #becomeUser() {
    this.user = $('user').value.trim();
    if (!this.chat.peer || this.chat.peer === this.user) $('peer').value = this.user === '1' ? '2' : '1';
    this.rest = new Rest(this.settings, this.user, (entry) => this.log.add(entry));
    this.#historyOf = null;
    $('me').textContent = this.user.slice(0, 3);
    document.documentElement.dataset.tone = $('me').dataset.tone = toneOf(this.user);
    this.remember();
    this.chat.reset();
    this.bell.reset();
    this.#syncSockets();
  }

  /** Keeps who talks to whom in the page's address, and offers a window for the other one. */
  remember() {
    const { user, chat: { peer } } = this;
    const dialect = this.#chosenDialect();
    const address = `?${new URLSearchParams({ user, to: peer, dialect })}`;
    history.replaceState(null, '', address);
    if (SIDE) tab.set(`tidings.${SIDE}`, address);
    $('second').href = `?${new URLSearchParams({ user: peer, to: user, dialect })}`;
    $('second').textContent = `Open a second window as user ${peer}`;
    $('post').elements.userId.value = peer;
    $('device').textContent = this.#device();
    if (this.sockets.size) this.editor.render();
  }

  #switchUser() {
    const wasOn = this.#on();
    this.#dropSockets(() => true);
    this.#becomeUser();
    if (wasOn) this.#begin();
  }

  #switchDialect() {
    const wasOn = this.#on();
    this.remember();
    this.#syncSockets();
    if (wasOn) this.sockets.forEach((socket) => socket.state === 'off' && socket.connect());
  }

  #toggle() {
    if (this.#on()) this.sockets.forEach((socket) => socket.disconnect());
    else this.#connect();
  }

  #connect() { this.sockets.forEach((socket) => socket.connect()); }

  /** Where this tab has no place in the mailbox, the lists come first and the connections go on from their position. */
  async #begin() {
    const { user } = this;
    if ([...this.sockets.values()].some(({ lastId }) => !lastId)) {
      const position = await this.#loadHistory();
      if (user !== this.user) return;
      for (const socket of this.sockets.values()) socket.lastId ||= position;
    }
    this.#connect();
  }

  #on() { return [...this.sockets.values()].some(({ state }) => state !== 'off' && state !== 'stopped'); }

  #chosenDialect() { return $('connection').elements.dialect.value; }

  #key(what) { return `tidings.${what}/${this.settings.tenant.value}/${this.user}`; }

  #placeKey(dialect) { return `${this.#key('last')}/${this.#device()}/${dialect}`; }

  /** This browser profile as the server knows it for this user. */
  #device() {
    const device = store.get(this.#key('device')) ?? `web-${randomId(8)}`;
    store.set(this.#key('device'), device);
    return device;
  }

  #forget() {
    for (const name of Object.keys(DIALECTS)) tab.remove(this.#placeKey(name));
    store.remove(this.#key('device'));
    this.#dropSockets(() => true);
    this.remember();
    this.#historyOf = null;
    this.#syncSockets();
    this.#begin();
  }

  /** Makes the connections that the dialect picker asks for, and drops the others. */
  #syncSockets() {
    const chosen = this.#chosenDialect();
    const names = chosen === 'both' ? Object.keys(DIALECTS) : [chosen];
    this.#dropSockets((name) => !names.includes(name));
    for (const name of names) if (!this.sockets.has(name)) this.sockets.set(name, this.#newSocket(DIALECTS[name]));
    $('frames').dataset.columns = names.length;
    const wasVia = $('via').value;
    const ways = names.map((name) => el('option', { value: name, textContent: `${name} frame` }));
    $('via').replaceChildren(...ways, el('option', { value: 'rest', textContent: 'REST' }));
    if (wasVia === 'rest') $('via').value = 'rest';
    $('channel').replaceChildren(...names.map((name) => el('option', { value: name, textContent: name })));
    this.editor.render();
    this.#renderPanes();
  }

  #dropSockets(unwanted) {
    for (const [name, socket] of this.sockets) {
      if (!unwanted(name)) continue;
      this.sockets.delete(name);
      socket.disconnect();
    }
  }

  #newSocket(dialect) {
    const placeKey = this.#placeKey(dialect.name);
    return new TidingsSocket(dialect, tab.get(placeKey) ?? '', {
      device: this.#device(),
      settings: this.settings,
      token: () => this.rest.newToken(),
      position: (id) => tab.set(placeKey, id),
      frame: (socket, frame) => this.#received(socket, frame),
      changed: () => this.#renderPanes(),
      refused: (socket) => this.#explain(socket),
      failed: (refusal) => this.#show(refusal),
      log: (entry) => this.log.add(entry),
    });
  }

  #received(socket, { kind, data }) {
    const via = socket.dialect.name;
    switch (kind) {
      case 'connected': return this.#greeted(socket);
      case 'message:new': return this.chat.arrived(data, via);
      case 'message:seen': return this.chat.seen(data.messageIds ?? []);
      case 'message:typing': return this.chat.typing(data);
      case 'message:unread_count': return this.#count('messages', data);
      case 'presence:changed': return this.chat.presence(data);
      case 'notification:new': return this.bell.arrived(data, via);
      case 'notification:unseen_count': return this.#count('notifications', data);
      case 'notification:seen':
        this.bell.seen(data.notificationIds ?? []);
        return 'remainingUnread' in data && this.#count('notifications', { ...data, count: data.remainingUnread });
      case 'auth:expiring': return this.#renewToken(socket);
      case 'delivery:gap': return this.#fillGap(data);
      case 'error': return this.#show(refusalOf(data));
      default: return undefined;
    }
  }

  /** Counts carry a version that only grows: what is older than what is shown came late. */
  #count(what, { count, totalUnread, version = Infinity, byCategory }) {
    if (version < (this.#versions[what] ?? 0)) return;
    this.#versions[what] = version === Infinity ? 0 : version;
    if (what === 'messages') this.chat.unread(count);
    else this.bell.count(count ?? totalUnread, byCategory);
  }

  #greeted(socket) {
    this.#versions = {};
    this.#watched = this.chat.peer;
    this.#follow([socket]);
    this.#load('/api/v1/messages/unread_count', (counts) => this.#count('messages', counts));
    this.#load('/api/v1/notifications/unseen_count', (counts) => this.#count('notifications', counts));
    if (this.#historyOf !== this.user) this.#loadHistory();
  }

  /** Watches whether the user who is talked to is there, and no longer the one before. */
  watch() {
    const before = this.#watched;
    this.#watched = this.chat.peer;
    if (before === this.#watched) return;
    const open = [...this.sockets.values()].filter((socket) => socket.open);
    for (const socket of open) socket.say('topic:unsubscribe', { topics: [`presence:${before}`] });
    this.#follow(open);
  }

  /** Asks to be told of changes first, and how it is now second: what was told meanwhile is newer than the answer. */
  #follow(sockets) {
    const peer = this.#watched;
    for (const socket of sockets) socket.say('topic:subscribe', { topics: [`presence:${peer}`] });
    if (!sockets.length) return;
    const before = this.chat.presenceOf(peer);
    this.#load(`/api/v1/presence?users=${encodeURIComponent(peer)}`, ({ items = [] }) => {
      if (this.chat.presenceOf(peer) === before) items.forEach((item) => this.chat.presence(item));
    });
  }

  /** Reads both lists; the position from which frames go on, or '' where there is none. */
  async #loadHistory() {
    this.#historyOf = this.user;
    const positions = await Promise.all([this.#loadInbox(), this.#loadNotifications()]);
    return positions.every(Boolean) ? positions.sort()[0] : '';
  }

  async #loadInbox() {
    let first = '';
    for (let after = ''; after !== null;) {
      const page = await this.#load(`/api/v1/messages/inbox?limit=200${after}`, ({ items = [] }) =>
        items.forEach((item) => this.chat.arrived(item, 'rest')));
      first ||= page?.position ?? '';
      after = page?.next && page.items?.length ? `&after=${encodeURIComponent(page.next)}` : null;
    }
    return first;
  }

  async #loadNotifications() {
    const page = await this.#load('/api/v1/notifications/?limit=50', ({ items = [] }) =>
      items.forEach((item) => this.bell.arrived(item, 'rest')));
    return page?.position ?? '';
  }

  /** Reads a route for comfort: a server that lacks it is no less usable, and its answer stands in the log. */
  async #load(path, apply) {
    const { user } = this;
    try {
      const answer = await this.rest.call('GET', path);
      if (user !== this.user) return undefined;
      apply(answer);
      return answer;
    } catch {
      return undefined; // Rest has logged it.
    }
  }

  #fillGap({ reason }) {
    toast('Not everything could be resumed', `Reason: ${reason}. The lists were read again over REST.`, 'warn');
    this.#loadHistory();
  }

  async #renewToken(socket) {
    if (!this.settings.renews.checked) return;
    try {
      socket.say('auth:refresh', { token: await this.rest.newToken() });
    } catch (refusal) {
      this.#show(refusal);
    }
  }

  /** A script never learns why a handshake failed; the same address, asked plainly, often says it. */
  async #explain(socket) {
    try {
      await this.rest.call('GET', socket.dialect.path);
    } catch (refusal) {
      if (refusal.status && !socket.open) socket.hint = `A plain GET is answered ${refusal.status} ${refusal.detail}`;
      this.#renderPanes();
    }
  }

  #postNotification() {
    const body = Object.fromEntries([...new FormData($('post'))].filter(([, value]) => value !== ''));
    const userId = wireId(body.userId.trim());
    this.post('/api/v1/notifications/', { ...body, userId }, 'notify', () => `User ${userId}’s bell rings`);
  }

  #openBeside(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || matchMedia('(max-width: 700px)').matches) return;
    const width = Math.round(screen.availWidth / 2);
    const size = `popup,width=${width},height=${screen.availHeight},left=${screen.availLeft + width}`;
    if (window.open($('second').href, `tidings-${$('peer').value}`, size)) event.preventDefault();
  }

  #renderPanes() {
    $('connect').textContent = this.#on() ? 'Disconnect' : 'Connect';
    $('reconnect').disabled = !this.#on();
    $('panes').replaceChildren(...[...this.sockets.values()].map((socket) => this.#pane(socket)));
  }

  #countDown() { if ([...this.sockets.values()].some(({ state }) => state === 'waiting')) this.#renderPanes(); }

  #pane({ dialect, state, detail, hint, connectionId, lastId, retryAt }) {
    const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    const words = { off: 'disconnected', connected: 'catching up', waiting: `again in ${seconds} s` };
    const labelled = (label, value) => value && el('span', { className: 'quiet' }, `${label} `, el('code', {}, value));
    return el('li', { data: { state, channel: dialect.name } },
      el('b', { textContent: dialect.name }),
      el('span', { className: 'light', textContent: words[state] ?? state }),
      detail && el('span', { className: 'detail', textContent: detail }),
      hint && el('span', { className: 'detail', textContent: hint }),
      labelled('path', dialect.path), labelled('connection', connectionId), labelled('last message', lastId));
  }
}

new Page();
