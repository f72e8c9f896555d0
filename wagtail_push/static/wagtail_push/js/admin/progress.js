// @ts-check
/** Keeps the progress of an announcement up to date, and says every ten percent. */

const EVERY = 2000;

const place = /** @type {HTMLElement} */ (document.querySelector('[data-push-progress]'));
const status = /** @type {HTMLElement} */ (document.querySelector('[data-push-announce]'));
let said = -1;

function announce() {
  const bar = /** @type {HTMLProgressElement | null} */ (place.querySelector('progress'));
  const tens = bar ? Math.floor((10 * bar.value) / bar.max) : 0;
  if (tens !== said && said >= 0) {
    status.textContent = (status.dataset.pushWords ?? '').replace('%s', String(10 * tens));
  }
  said = tens;
}

async function refresh() {
  const focused = document.activeElement;
  try {
    const answer = await fetch('?part', {
      headers: {'X-Requested-With': 'XMLHttpRequest'},
      redirect: 'manual',
    });
    if (answer.type === 'opaqueredirect') {
      // Somebody made a draft of it again: there is another page for that.
      location.reload();
      return;
    }
    // A button that somebody is about to press stays where it is.
    if (answer.ok && !(focused && focused !== document.body && place.contains(focused))) {
      place.innerHTML = await answer.text();
      announce();
    }
  } catch {
    // The next one may come through.
  }
  const state = /** @type {HTMLElement | null} */ (place.querySelector('[data-push-state]'));
  const over = state && ['done', 'cancelled'].includes(state.dataset.pushState ?? '');
  if (!over) setTimeout(refresh, EVERY);
}

announce();
if (!place.dataset.pushOver) setTimeout(refresh, EVERY);
