/*
 * What the page shows to a user: conversations and notifications. And how this page makes elements.
 *
 * Whatever comes from a server is inserted as text, never as markup.
 */

import { nextRequestId, wireId } from './wire.js';

const TYPING_EVERY_MS = 2000;
const TYPING_ENDS_MS = 5000;
const TYPING_STARTS_A_MINUTE = 5;

export const $ = (id) => document.getElementById(id);

/** A new element; `props.data` becomes data attributes, children are nodes or text, empty ones are left out. */
export function el(tag, { data, ...props } = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  Object.assign(node.dataset, data);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== '' && child !== false));
  return node;
}

export function button(textContent, onclick, props) {
  return el('button', { type: 'button', className: 'small', textContent, onclick, ...props });
}

export const tag = (textContent, channel = '') => el('span', { className: 'tag', textContent, data: { channel } });
const ways = ({ via }) => [...via].map((way) => tag(way, way));
const badge = (textContent) => el('span', { className: 'badge', textContent });

/** A colour for a user, the same in every window. */
export function toneOf(user) {
  const text = String(user);
  if (/^\d+$/.test(text)) return String(Number(text.slice(-6)) % 6);
  return String([...text].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6);
}

function avatar(user) {
  const props = { className: 'avatar', ariaHidden: 'true', data: { tone: toneOf(user) } };
  return el('span', props, String(user).slice(0, 3));
}

const SHORT = new Intl.DateTimeFormat([], { timeStyle: 'short' });

export const clock = (time, format = SHORT) => (Number.isNaN(+time) ? '' : format.format(time));

/** A drawing that is done once for all that changes within a moment: a resume may bring a thousand frames. */
function gathered(draw) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      draw();
    }, 20);
  };
}

export function toast(title, detail = '', level = 'bad') {
  const box = el('div', { className: 'toast', data: { level } }, el('strong', { textContent: title }),
    detail && el('pre', { textContent: detail }));
  box.append(button('×', () => box.remove(), { className: 'plain', ariaLabel: 'Dismiss' }));
  $('toasts').append(box);
  while ($('toasts').childElementCount > 3) $('toasts').firstElementChild.remove();
  setTimeout(() => box.remove(), level === 'bad' ? 10_000 : 4000);
}

/** Replaces the rows of a list; who had a control of it in focus keeps the one in that place. */
function redraw(list, rows) {
  const controls = () => [...list.querySelectorAll('button, a')];
  const place = controls().indexOf(document.activeElement);
  list.replaceChildren(...rows);
  if (place >= 0) (controls().at(Math.min(place, controls().length - 1)) ?? list).focus({ preventScroll: true });
}

/** Tells a screen reader what came in; the lists themselves are redrawn too often for that. */
function announce(text) { $('announcer').textContent = text; }

/** A link to this server or to the web; any other address is not worth a click. */
function link(address) {
  const url = address && URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) return null;
  return el('a', { href: url.href, textContent: 'open', target: '_blank', rel: 'noopener noreferrer' });
}

/** Notes another way that a thing came; a list read afterwards over REST is none. */
function cameBy(thing, via) {
  if (via !== 'rest') thing.via.add(via);
}

/** ` fresh` the first time that a thing is drawn. */
function isFresh(thing) {
  const fresh = !thing.drawn;
  thing.drawn = true;
  return fresh ? ' fresh' : '';
}

/** Conversations with others: what came, what was sent, who types. */
export class Chat {
  #typedAt = 0;
  #typingStarts = [];
  #typing = new Map();
  #presence = new Map();
  #lastShown;
  messages = [];
  render = gathered(() => this.#draw());

  constructor(page) {
    this.page = page;
    $('composer').onsubmit = (event) => { event.preventDefault(); this.#submit(); };
    $('text').oninput = () => this.#typed();
    $('text').onblur = () => this.#stopTyping();
    $('text').onkeydown = (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      $('composer').requestSubmit();
    };
    $('peer').onchange = () => this.#turnTo($('peer').value.trim());
    $('mark-seen').onclick = () => this.#markSeen();
  }

  get peer() { return $('peer').value.trim(); }

  reset() {
    this.messages = [];
    this.#typing.clear();
    this.#presence.clear();
    this.unread(0);
    this.render();
  }

  /** A message from a frame or from the inbox; one that is here already only gains the way it came. */
  arrived(data, via) {
    const mine = String(data.senderId) === this.page.user;
    const peer = String(mine ? data.receiverId : data.senderId);
    const at = +new Date(data.createdAt);
    const known = this.messages.find((m) => m.id === data.id && m.mine === mine && (mine || m.at === at));
    const { id, content, seen } = data;
    if (known) cameBy(known, via);
    else this.#add({ id, mine, peer, at, content, seen, state: 'sent', via: new Set([via]) });
    this.#typing.delete(peer);
    if (!known && !mine && via !== 'rest') announce(`Message from user ${peer}: ${data.content}`);
    this.render();
  }

  seen(ids) {
    for (const message of this.messages) if (ids.includes(message.id)) message.seen = true;
    this.render();
  }

  typing({ userId, isTyping }) {
    const peer = String(userId);
    clearTimeout(this.#typing.get(peer));
    this.#typing.delete(peer);
    if (isTyping) this.#typing.set(peer, setTimeout(() => this.typing({ userId, isTyping: false }), TYPING_ENDS_MS));
    this.render();
  }

  presence(data) {
    this.#presence.set(String(data.userId), data);
    this.render();
  }

  presenceOf(user) { return this.#presence.get(user); }

  unread(count) {
    $('unread').textContent = `${count} unread`;
    $('unread').hidden = !count;
    this.page.retitle();
  }

  unseenIds(peer = this.peer) {
    return this.messages.filter((m) => !m.mine && !m.seen && m.peer === peer).map((m) => m.id);
  }

  #draw() {
    const shown = this.messages.filter((m) => m.peer === this.peer).slice(-200);
    const unseen = this.unseenIds().length;
    const peers = [...new Set(this.messages.map((m) => m.peer))];
    const list = $('messages');
    const follow = list.scrollHeight - list.scrollTop - list.clientHeight < 40 || shown.at(-1) !== this.#lastShown;
    this.#lastShown = shown.at(-1);
    $('peers').hidden = peers.every((peer) => peer === this.peer);
    redraw($('peers'), peers.map((peer) => this.#chip(peer)));
    redraw(list, shown.length ? shown.map((m) => this.#row(m)) : [this.#emptiness()]);
    $('mark-seen').hidden = unseen === 0;
    $('mark-seen').textContent = `Mark ${unseen} as seen`;
    $('typing').hidden = !this.#typing.has(this.peer);
    $('typing').lastElementChild.textContent = `user ${this.peer} is typing`;
    const presence = this.presenceOf(this.peer);
    const whereabouts = this.#whereabouts(presence);
    if ($('presence').textContent !== whereabouts) $('presence').textContent = whereabouts;
    $('presence').dataset.online = Boolean(presence?.online);
    $('ring-title').textContent = `Ring user ${this.peer}’s bell`;
    if (follow) list.scrollTop = list.scrollHeight;
  }

  #add(message) {
    this.messages.push(message);
    this.messages.sort((a, b) => a.at - b.at);
  }

  #turnTo(peer) {
    this.#stopTyping();
    $('peer').value = peer;
    this.page.remember();
    this.page.watch();
    this.render();
  }

  #whereabouts(presence) {
    if (!presence) return '';
    if (presence.online) return 'online';
    const since = clock(new Date(presence.lastSeenAt ?? NaN));
    return since ? `offline, last seen ${since}` : 'offline';
  }

  #chip(peer) {
    const unseen = this.unseenIds(peer).length;
    const props = { className: 'chip', ariaPressed: String(peer === this.peer) };
    const chip = button(`user ${peer}`, () => this.#turnTo(peer), props);
    if (unseen > 0 && peer !== this.peer) chip.append(badge(unseen));
    return chip;
  }

  #emptiness() {
    return el('li', { className: 'empty' }, `Nothing between you and user ${this.peer} yet. Write the first line.`);
  }

  #row(message) {
    const { mine, state, seen, refusal } = message;
    const progress = { sending: 'sending', failed: 'not sent', sent: seen ? 'seen' : 'sent' }[state];
    const retry = () => this.#deliver(message);
    const meta = el('p', { className: 'meta' }, clock(new Date(message.at)), ...ways(message),
      mine && el('span', { className: 'state', textContent: progress }),
      state === 'failed' && button('Try again', retry, { className: 'plain', title: refusal }));
    const data = { state: mine ? progress : seen ? 'seen' : 'new' };
    return el('li', { className: `message ${mine ? 'mine' : 'theirs'}${isFresh(message)}`, data },
      el('p', { className: 'content', textContent: message.content }), meta);
  }

  #submit() {
    const content = $('text').value;
    if (!content.trim() || !this.peer) return;
    const message = { requestId: nextRequestId(), mine: true, peer: this.peer, content, at: Date.now() };
    message.via = new Set([$('via').value]);
    $('text').value = '';
    this.#typedAt = 0;
    this.#add(message);
    this.#deliver(message);
  }

  /** A second try has the first one's id, so that the message is stored once even if the first did arrive. */
  async #deliver(message) {
    message.state = 'sending';
    this.render();
    try {
      const data = { receiverId: wireId(message.peer), content: message.content };
      const stored = await this.page.perform('message:send', data, message.requestId);
      Object.assign(message, { state: 'sent', id: stored.id, content: stored.content ?? message.content });
    } catch (refusal) {
      Object.assign(message, { state: 'failed', refusal: refusal.message });
      toast(`Not sent: ${refusal.message}`, refusal.detail);
    }
    this.render();
  }

  #typed() {
    if ($('text').value === '') return this.#stopTyping();
    const now = Date.now();
    if (now - this.#typedAt < TYPING_EVERY_MS || (!this.#typedAt && !this.#mayStartTyping(now))) return undefined;
    this.#typedAt = now;
    return this.page.say('message:typing', { conversationWith: wireId(this.peer), isTyping: true });
  }

  /** A server relays ten changes a minute, a start and a stop being two. */
  #mayStartTyping(now) {
    this.#typingStarts = this.#typingStarts.filter((start) => now - start < 60_000);
    return this.#typingStarts.length < TYPING_STARTS_A_MINUTE && this.#typingStarts.push(now) > 0;
  }

  #stopTyping() {
    if (this.#typedAt) this.page.say('message:typing', { conversationWith: wireId(this.peer), isTyping: false });
    this.#typedAt = 0;
  }

  async #markSeen() {
    const data = { conversationWith: wireId(this.peer), messageIds: this.unseenIds() };
    if (await this.page.attempt('message:mark_seen', data)) this.seen(data.messageIds);
  }
}

/** Notifications of both dialects, newest first, and their count. */
export class Bell {
  static #VERBS = {
    like: 'likes',
    comment: 'commented on',
    reply: 'replied to you on',
    mention: 'mentioned you in',
    follow: 'follows you',
  };
  #byCategory = {};
  items = [];
  render = gathered(() => this.#draw());

  constructor(page) {
    this.page = page;
    $('mark-all').onclick = () => this.#markSeen(this.unseenIds());
    $('interactions').onclick = ({ target }) => target.value && this.#interact(target.value);
  }

  get unseen() { return this.total ?? this.unseenIds().length; }

  reset() {
    this.items = [];
    this.count(undefined, {});
  }

  /** The envelope dialect's `type` is the level, the event dialect's is the kind. */
  arrived(data, via) {
    const at = +new Date(data.createdAt);
    const known = this.items.find((item) => item.id === data.id && item.at === at);
    if (known) cameBy(known, via);
    else {
      const words = /^(INFO|SUCCESS|WARNING|ERROR)$/.test(data.type) ? { level: data.type } : { kind: data.type };
      const item = { ...data, ...words, at, seen: Boolean(data.seen), via: new Set([via]) };
      this.items.push(item);
      this.items.sort((a, b) => b.at - a.at);
      if (via !== 'rest') announce(`Notification: ${this.#title(item)}`);
    }
    this.render();
  }

  seen(ids) {
    for (const item of this.items) if (ids.includes(item.id)) item.seen = true;
    this.render();
  }

  count(total, byCategory = this.#byCategory) {
    this.total = total;
    this.#byCategory = byCategory;
    this.render();
  }

  unseenIds() { return this.items.filter((item) => !item.seen).map((item) => item.id); }

  #draw() {
    const shown = this.items.slice(0, 100);
    const categories = Object.entries(this.#byCategory).filter(([, count]) => count > 0);
    $('bell-count').textContent = this.unseen;
    $('bell').dataset.ringing = this.unseen > 0;
    $('mark-all').hidden = this.unseenIds().length === 0;
    $('categories').replaceChildren(...categories.map(([name, count]) => tag(`${name} ${count}`)));
    redraw($('bell-list'), shown.length ? shown.map((item) => this.#row(item)) : [this.#emptiness()]);
    this.page.retitle();
  }

  #emptiness() {
    return el('li', { className: 'empty' }, 'Nothing yet. Ring the other user’s bell, and let them ring yours.');
  }

  #title({ title, actor, kind, target }) {
    if (title || !actor) return title || kind || 'Notification';
    return [actor.username, Bell.#VERBS[kind] ?? kind, kind !== 'follow' && target?.title].filter(Boolean).join(' ');
  }

  #row(item) {
    const dull = ['', 'NORMAL', 'OTHER', 'system'];
    const labels = [item.kind, item.category, item.priority].filter((word) => !dull.includes(word ?? ''));
    const meta = el('p', { className: 'meta' },
      clock(new Date(item.at)), ...labels.map((label) => tag(label)), ...ways(item), link(item.actionUrl));
    const body = el('div', {}, el('p', { className: 'title', textContent: this.#title(item) }),
      item.message && el('p', { textContent: item.message }), meta);
    const face = item.actor ? avatar(item.actor.id) : el('span', { className: 'avatar dot', ariaHidden: 'true' });
    const data = { level: (item.level ?? 'INFO').toLowerCase(), seen: item.seen };
    const props = { ariaLabel: `Mark as seen: ${this.#title(item)}`, title: 'Mark as seen' };
    const seen = !item.seen && button('✓', () => this.#markSeen([item.id]), props);
    return el('li', { className: `notice${isFresh(item)}`, data }, face, body, seen);
  }

  async #markSeen(notificationIds) {
    if (await this.page.attempt('notification:mark_seen', { notificationIds })) this.seen(notificationIds);
  }

  #interact(type) {
    const owner = this.page.chat.peer;
    const target = { type: 'video', id: 456, title: 'My awesome video' };
    this.page.post('/api/v1/interactions', { type, ownerId: wireId(owner), target }, '', ({ id }) =>
      (id === undefined ? 'Nobody is notified of their own action' : `User ${owner}’s bell rings`));
  }
}
