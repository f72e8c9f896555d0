/**
 * What only the browser knows, on the page with the details of a browser.
 *
 * Nothing is asked and nothing is fetched from another origin.
 */

/** @param {string} name */
function tier(name) {
  return document.querySelector(`[data-wagtail-push-tier="${name}"]`);
}

/**
 * Tell whether this browser holds a push subscription of ours; null: it does not say.
 *
 * @param {string} scope
 */
async function subscribed(scope) {
  const url = new URL(scope, location.href).href;
  const registration = await navigator.serviceWorker?.getRegistration(url);
  if (!registration || registration.scope !== url) return false;
  return Boolean(await registration.pushManager.getSubscription());
}

async function fillTiers() {
  const list = /** @type {HTMLElement | null} */ (
    document.querySelector("[data-wagtail-push-tiers]")
  );
  if (!list) return;
  const { yes = "", no = "", workerScope = "" } = list.dataset;
  const granted = "Notification" in window && Notification.permission === "granted";
  const held = await subscribed(workerScope).catch(() => null);
  /** @type {[string, boolean | null][]} */
  const answers = [
    ["permission", granted],
    ["subscription", held],
  ];
  for (const [name, answer] of answers) {
    const line = tier(name);
    if (!line) continue;
    line.textContent = answer === null ? "?" : answer ? yes : no;
    /** @type {HTMLElement} */ (line).dataset.answer = String(answer);
  }
}

document.addEventListener("wagtail-push:refreshed", () => void fillTiers());
void fillTiers();
