/**
 * Keeps the registration of this browser alive, on whichever page of the portal it is.
 *
 * The server puts this script on a page only if it knows this browser. Nothing is asked,
 * and nothing else is loaded, before a renewal is due.
 */

/**
 * @typedef {import("../types.js").Connection} Connection
 * @typedef {import("../types.js").Renewal} Renewal
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * Tell whether to renew now.
 *
 * @param {number} renewAt when it is due; a failed attempt puts it an hour off
 * @param {number} now
 * @param {boolean} asked whether the server wants it, whatever was done today
 */
export function isDue(renewAt, now, asked) {
  const wait = renewAt - now;
  return wait <= 0 || (asked && wait > HOUR);
}

/**
 * Renew the registration, or report that this browser shows nothing any more.
 *
 * @param {Connection & {asked?: boolean, browser?: {status: string} | null}} config
 * @returns {Promise<Renewal>}
 */
export async function renew(config) {
  /** @type {typeof import("./connect.js")} */
  const browser = await import(config.modules.connect);
  await browser.remember({ renewAt: Date.now() + HOUR });
  if (Notification.permission !== "granted") {
    // One sign alone may be a whim of the browser; both together are its word.
    if ((await browser.subscribed(config)) !== false) return "kept";
    return (await send(config, "DELETE")).ok ? "lost" : "refused";
  }
  const ended = config.asked || config.browser?.status === "removed";
  const { fresh, ...said } = await browser.connect(config, ended);
  const body = { ...said, kind: config.kind, proof: "" };
  let response = await send(config, "PUT", body);
  if (response.status === 409 && (await response.json()).code === "proof_needed") {
    body.proof = (await browser.nextProof(undefined, 60_000)) ?? "";
    response = await send(config, "PUT", body);
  }
  if (!response.ok) return "refused";
  const { capability, changed } = await response.json();
  await browser.remember({
    capability,
    changed: undefined,
    renewAt: Date.now() + DAY,
  });
  await browser.flushReceipts(config);
  return changed || fresh ? "renewed" : "kept";
}

/**
 * @param {Connection} config
 * @param {"PUT" | "DELETE"} method
 * @param {unknown} [body]
 */
function send(config, method, body) {
  return fetch(`${config.api}installation/`, {
    method,
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": config.csrf },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout?.(15_000) ?? null,
  });
}

/**
 * Return when a renewal is due, without making a database that is not there.
 *
 * @returns {Promise<number>}
 */
function renewAt() {
  return new Promise((resolve) => {
    const opening = indexedDB.open("wagtail-push", 1);
    opening.onupgradeneeded = () => opening.transaction?.abort();
    opening.onerror = () => resolve(0);
    opening.onsuccess = () => {
      const database = opening.result;
      const reading = database.transaction("state").objectStore("state").get("renewAt");
      reading.onsuccess = () => resolve(reading.result ?? 0);
      reading.onerror = () => resolve(0);
      database.close();
    };
  });
}

async function start() {
  const data = document.getElementById("wagtail-push-renew")?.textContent;
  // The settings page renews by itself, always, and says so.
  if (!data || document.getElementById("wagtail-push-config")) return;
  // Inside another page, permission is denied whatever the customer chose.
  const works = isSecureContext && top === self && "PushManager" in self;
  if (!works || !("Notification" in self)) return;
  const config = JSON.parse(data);
  if (isDue(await renewAt(), Date.now(), config.asked)) await renew(config);
}

if (typeof document !== "undefined") {
  start().catch((error) => console.debug("wagtail-push:", error));
}
