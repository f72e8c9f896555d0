// @ts-check
/** Counts the characters of titles and texts against what is usually shown. */

/** @param {Event} event */
function count(event) {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const panel = /** @type {HTMLElement | null} */ (field.closest?.('[data-push-count]'));
  if (!panel) return;
  let output = panel.querySelector('output');
  if (!output) {
    output = document.createElement('output');
    output.className = 'push-count';
    panel.append(output);
  }
  const most = Number(panel.dataset.pushCount);
  const length = [...field.value].length;
  output.textContent = `${length} / ${most}`;
  output.classList.toggle('push-count--long', length > most);
}

document.addEventListener('input', count);
document.addEventListener('focusin', count);
