/*
 * Two users side by side: the page of one user twice, each with a connection of its own. Where there is room for one only, it says
 * what waits at the other.
 */

const FIRST = { left: '?user=1&to=2&dialect=event', right: '?user=2&to=1&dialect=envelope' };

/** Who each half was before a reload; the halves write it. */
function addressOf(side) {
  try {
    return sessionStorage.getItem(`tidings.${side}`) ?? FIRST[side];
  } catch {
    return FIRST[side];
  }
}

const shown = document.getElementById('shown');
const main = document.querySelector('main');

for (const side of Object.keys(FIRST)) {
  const frame = document.querySelector(`iframe[name=${side}]`);
  const label = shown.querySelector(`[value=${side}] + span`);
  const name = () => {
    // "(2) user 1 · Tidings"
    const title = frame.contentDocument.title.split(' · ')[0];
    if (!title) return;
    label.textContent = title;
    frame.title = title.replace(/^\(\d+\) /, '');
  };
  frame.onload = () => {
    new MutationObserver(name).observe(frame.contentDocument.head, { childList: true, subtree: true, characterData: true });
    name();
  };
  // Not by src: what a browser remembers of a frame's address would win over it after a reload.
  frame.contentWindow.location.replace(`/${addressOf(side)}`);
}

shown.onchange = () => { main.dataset.shown = shown.querySelector(':checked').value; };
