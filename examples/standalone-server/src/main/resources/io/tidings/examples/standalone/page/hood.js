/*
 * What goes over the wire, for those who want to see: the log of all frames, and a box to write one in.
 */

import { CLIENT_MESSAGES, DIALECTS, nextRequestId, parse, pretty, wireId } from './wire.js';
import { $, button, clock, el, tag, toast } from './views.js';

const MAX_LOG = 500;
const SECONDS = new Intl.DateTimeFormat([], { timeStyle: 'medium', hourCycle: 'h23' });

const oneLine = (text) => text.replace(/\s+/g, ' ');

/** What a frame says, without its shell. */
function gist(text) {
  const { data, payload, error, ...shell } = parse(text) ?? {};
  return oneLine(JSON.stringify(data ?? payload ?? error ?? shell.items ?? parse(text)) ?? text).slice(0, 300);
}

/** Every frame and REST call, oldest first, tokens shortened. */
export class FrameLog {
  #entries = [];
  #batch = 0;

  constructor() {
    $('filter').oninput = $('heartbeats').onchange = () => this.#filter();
    $('clear').onclick = () => this.#keep(0);
    $('copy').onclick = () => this.#copy();
  }

  add({ channel, way, type, text = '' }) {
    const shown = text.replace(/("token"\s*:\s*"[^"]{8})[^"]*/g, '$1…');
    const entry = { time: new Date(), channel, way, type, text: shown };
    this.#keepEnd();
    entry.row = this.#row(entry);
    entry.row.hidden = !this.#wanted(entry);
    this.#entries.push(entry);
    $('frames').append(entry.row);
    this.#keep(MAX_LOG);
  }

  /** Keeps the end in view if it is. Asked once a batch of frames, because the answer costs a layout. */
  #keepEnd() {
    const list = $('frames');
    if (this.#batch || list.scrollHeight - list.scrollTop - list.clientHeight > 40) return;
    this.#batch = setTimeout(() => {
      this.#batch = 0;
      list.scrollTop = list.scrollHeight;
    }, 20);
  }

  #keep(count) { while (this.#entries.length > count) this.#entries.shift().row.remove(); }

  #row({ time, channel, way, type, text }) {
    const [arrow, word] = { in: ['↓', 'received'], out: ['↑', 'sent'], note: ['•', 'note'] }[way];
    const head = [
      el('span', { className: 'way', textContent: arrow, title: word }),
      el('b', { textContent: type }),
      tag(channel, channel),
      el('time', { textContent: clock(time, SECONDS) }),
      el('code', { className: 'brief', textContent: gist(text) }),
    ];
    const full = el('pre');
    const unfold = () => { full.textContent = pretty(text); };
    const entry = text ? el('details', { className: 'entry', ontoggle: unfold }, el('summary', {}, ...head), full)
      : el('p', { className: 'entry' }, ...head);
    return el('li', { data: { channel, way } }, entry);
  }

  #wanted({ channel, way, type, text }) {
    if (!$('heartbeats').checked && /^(ping|pong|ack)$/i.test(type)) return false;
    return `${channel} ${way} ${type} ${text}`.toLowerCase().includes($('filter').value.toLowerCase());
  }

  #filter() { for (const entry of this.#entries) entry.row.hidden = !this.#wanted(entry); }

  async #copy() {
    const line = ({ time, channel, way, type, text }) =>
      [time.toISOString(), channel, way, type, oneLine(text)].join('\t');
    const lines = this.#entries.filter((entry) => !entry.row.hidden).map(line);
    try {
      await navigator.clipboard.writeText(lines.join('\n'));
      toast(`${lines.length} lines copied`, '', 'good');
    } catch {
      toast('The browser does not let this page copy');
    }
  }
}

/** A frame as text, started from a sample, sent exactly as it stands. */
export class FrameEditor {
  static #ODDITIES = { 'unknown type': () => '{"type":"no:such:type"}', 'not JSON': () => 'hello?' };
  #written = '';

  constructor(page) {
    this.page = page;
    $('channel').onchange = () => this.render();
    $('editor').onsubmit = (event) => { event.preventDefault(); this.#send(); };
    $('raw').onkeydown = (event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && this.#send();
  }

  /** Offers the words of the chosen connection's dialect, and a first sample unless the user wrote something. */
  render() {
    const dialect = DIALECTS[$('channel').value];
    const kinds = Object.keys(CLIENT_MESSAGES).filter((kind) => dialect.word(kind));
    const samples = kinds.map((kind) => [dialect.word(kind), () => this.#sample(dialect, kind)]);
    const chips = [...samples, ...Object.entries(FrameEditor.#ODDITIES)].map(([word, make]) =>
      button(word, () => this.#offer(make()), { className: 'chip' }));
    $('words').replaceChildren(...chips);
    if ($('raw').value === this.#written) this.#offer(this.#sample(dialect, 'message:send'));
  }

  async #offer(sample) { $('raw').value = this.#written = await sample; }

  async #sample(dialect, kind) {
    const { ask, data } = CLIENT_MESSAGES[kind];
    const { chat, bell, rest, sockets } = this.page;
    const sample = {
      peer: wireId(chat.peer),
      messageIds: chat.unseenIds(),
      notificationIds: bell.unseenIds(),
      lastId: sockets.get(dialect.name)?.lastId ?? '',
      token: kind.startsWith('auth') ? await rest.newToken().catch(({ message }) => message) : '',
    };
    return JSON.stringify(dialect.encode(kind, data(sample), ask && nextRequestId()), null, 2);
  }

  #send() {
    const { value } = $('channel');
    if (!this.page.sockets.get(value)?.send($('raw').value)) toast(`Not connected in the ${value} dialect`);
  }
}
