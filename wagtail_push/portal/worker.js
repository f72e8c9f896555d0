/**
 * The service worker of wagtail-push: shows what is pushed and tells the portal.
 *
 * It holds no Firebase code, no text of the portal and no URL: the addresses follow
 * from where it is served (…/push/sw/worker.js), everything else from the message.
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const SETTINGS_PAGE = new URL("../", worker.location.href).href;
const RECEIPTS = new URL("../api/v1/receipts/", worker.location.href).href;
const CHANGES = new URL("../api/v1/changes/", worker.location.href).href;

/** The page waits for a receipt; a queue that nobody empties must not grow for ever. */
const MOST_RECEIPTS = 200;

/** Answers that no later attempt will change: the receipt is dropped. */
const NEVER_TAKEN = new Set([400, 404]);

/** The one button that a notification may have. */
const TURN_OFF = "off";

/** Firefox says "closed" of a notification that was clicked or replaced, too. */
const settled = new Set();

/**
 * @typedef {"shown" | "clicked" | "dismissed"} ReceiptEvent
 * @typedef {{notification: string, event: ReceiptEvent}} Receipt
 * @typedef {NotificationOptions & {
 *   renotify: boolean, image?: string, actions?: {action: string, title: string}[]
 * }} Options
 * @typedef {{title: string, options: Options}} Shown
 * @typedef {{body?: string, lang?: string, icon?: string, badge?: string}} Neutral
 */

worker.addEventListener("install", (event) => {
  event.waitUntil(worker.skipWaiting());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([worker.clients.claim(), flush()]));
});

worker.addEventListener("push", (event) => {
  event.waitUntil(show(read(event.data)));
});

worker.addEventListener("notificationclick", (event) => {
  const { url, off, id } = event.notification.data ?? {};
  const turnsOff = event.action === TURN_OFF;
  settled.add(id);
  event.notification.close();
  // Whoever turns a kind off has not followed the message.
  const done = report(id, turnsOff ? "dismissed" : "clicked");
  event.waitUntil(Promise.all([open(address(turnsOff ? off : url)), done]));
});

worker.addEventListener("notificationclose", (event) => {
  const id = event.notification.data?.id;
  if (!settled.has(id)) event.waitUntil(report(id, "dismissed"));
});

worker.addEventListener("pushsubscriptionchange", (event) => {
  const change = /** @type {ExtendableEvent} */ (event);
  change.waitUntil(noteChange());
});

worker.addEventListener("message", (event) => {
  if (event.data?.type === "wagtail-push:flush") {
    event.waitUntil(flush());
  }
});

/**
 * Take the data out of what FCM wraps around it; garbage becomes an empty message.
 *
 * @param {PushMessageData | null} pushed
 * @returns {Record<string, string>}
 */
function read(pushed) {
  try {
    const data = pushed?.json()?.data;
    return data && typeof data === "object" ? data : {};
  } catch {
    return {};
  }
}

/**
 * Show a notification for whatever came: browsers end a registration that stays silent.
 *
 * @param {Record<string, string>} data
 */
async function show(data) {
  if (data.proof) await remember("proof", data.proof).catch(() => undefined);
  const { title, options } = data.title ? wording(data) : await neutral();
  options.renotify = await replaces(options.tag, data.id).catch(() => false);
  await worker.registration.showNotification(title, options);
  await report(data.id, "shown");
}

/**
 * Tell whether another message stands there under the same tag: its successor is news.
 *
 * The same message once more, which nobody can rule out, stays silent.
 *
 * @param {string | undefined} tag
 * @param {string | undefined} id
 */
async function replaces(tag, id) {
  if (!tag) return false;
  const there = await worker.registration.getNotifications({ tag });
  const others = there.map((shown) => shown.data?.id).filter((other) => other !== id);
  for (const other of others) settled.add(other);
  return others.length > 0;
}

/**
 * @param {Record<string, string>} data
 * @returns {Shown}
 */
function wording(data) {
  /** @type {Options} */
  const options = {
    body: data.body ?? "",
    data: { url: data.url ?? "", off: data.off ?? "", id: data.id ?? "" },
    dir: data.dir === "ltr" || data.dir === "rtl" ? data.dir : "auto",
    renotify: false,
  };
  if (data.lang) options.lang = data.lang;
  if (data.tag) options.tag = data.tag;
  if (data.icon) options.icon = data.icon;
  if (data.badge) options.badge = data.badge;
  // Browsers that show no picture leave it out, too.
  if (data.image) options.image = data.image;
  // Browsers without buttons leave them out.
  if (data.off) options.actions = [{ action: TURN_OFF, title: data.off_label ?? "" }];
  return { title: data.title, options };
}

/**
 * Say that there is something without saying what, in the language of the last visit.
 *
 * @returns {Promise<Shown>}
 */
async function neutral() {
  /** @type {Neutral} */
  const kept = (await recall("neutral").catch(() => undefined)) ?? {};
  return wording({
    title: worker.location.hostname,
    body: kept.body || "There is something new for you.",
    lang: kept.body ? (kept.lang ?? "") : "en",
    icon: kept.icon ?? "",
    badge: kept.badge ?? "",
  });
}

/**
 * The address that a click leads to: never another origin.
 *
 * @param {unknown} url
 */
function address(url) {
  try {
    const target = new URL(String(url || SETTINGS_PAGE), worker.location.origin);
    return target.origin === worker.location.origin ? target.href : SETTINGS_PAGE;
  } catch {
    return SETTINGS_PAGE;
  }
}

/**
 * Bring the tab that is already there to the front, or open one.
 *
 * @param {string} url
 */
async function open(url) {
  const tabs = await worker.clients.matchAll({
    type: "window",
    includeUncontrolled: true,
  });
  // Another tab of the portal may hold a half-filled form: it is left alone.
  const there = tabs.find((tab) => tab.url === url);
  try {
    await (there ? there.focus() : worker.clients.openWindow(url));
  } catch (error) {
    console.debug("wagtail-push: the click could not open", url, error);
  }
}

/**
 * Note a receipt first and send it then, so that none is lost with the connection.
 *
 * @param {unknown} notification
 * @param {ReceiptEvent} event
 */
async function report(notification, event) {
  if (!notification) return;
  try {
    await change("receipts", (store) => {
      store.add({ notification: String(notification), event });
    });
    await flush();
  } catch (error) {
    console.debug("wagtail-push: no receipt for", event, error);
  }
}

/** @type {Promise<void>} */
let flushing = Promise.resolve();

/** Send the noted receipts, one flush after another so that none is sent twice. */
function flush() {
  flushing = flushing.then(send).catch((error) => {
    console.debug("wagtail-push: receipts stay noted", error);
  });
  return flushing;
}

/** Have the next visit renew the registration: only a page can, with the SDK. */
async function noteChange() {
  await change("state", (store) => {
    store.put(true, "changed");
    store.put(0, "renewAt");
  });
  await flush();
}

async function send() {
  const capability = await recall("capability");
  if (capability && (await recall("changed"))) {
    const response = await post(CHANGES, capability);
    if (response.ok) await remember("changed", undefined);
  }
  const receipts = await noted();
  for (const [key] of receipts.slice(0, -MOST_RECEIPTS)) {
    await change("receipts", (store) => store.delete(key));
  }
  for (const [key, receipt] of receipts.slice(-MOST_RECEIPTS)) {
    if (!capability) break;
    const response = await post(RECEIPTS, capability, receipt);
    if (!response.ok && !NEVER_TAKEN.has(response.status)) break;
    await change("receipts", (store) => store.delete(key));
  }
}

/**
 * @param {string} url
 * @param {unknown} capability
 * @param {unknown} [body]
 */
function post(url, capability, body = {}) {
  return fetch(url, {
    method: "POST",
    credentials: "omit",
    headers: {
      "Authorization": `Capability ${capability}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify(body),
  });
}

/** @returns {Promise<[IDBValidKey, Receipt][]>} */
async function noted() {
  /** @type {[IDBValidKey, Receipt][]} */
  const found = [];
  await change("receipts", (store) => {
    const cursor = store.openCursor();
    cursor.onsuccess = () => {
      if (!cursor.result) return;
      found.push([cursor.result.key, cursor.result.value]);
      cursor.result.continue();
    };
  });
  return found;
}

/** @param {string} key */
async function recall(key) {
  /** @type {IDBRequest | undefined} */
  let request;
  await change("state", (store) => {
    request = store.get(key);
  });
  return request?.result;
}

/**
 * @param {string} key
 * @param {unknown} value
 */
function remember(key, value) {
  return change("state", (store) => store.put(value, key));
}

/**
 * Do something with one store and wait until it is on the disk.
 *
 * @param {"state" | "receipts"} name
 * @param {(store: IDBObjectStore) => void} action
 * @returns {Promise<void>}
 */
async function change(name, action) {
  const database = await openDatabase();
  try {
    await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, "readwrite");
      transaction.oncomplete = () => resolve(undefined);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
      action(transaction.objectStore(name));
    });
  } finally {
    database.close();
  }
}

/**
 * The same database, in the same version, as the page's settings.js opens.
 *
 * @returns {Promise<IDBDatabase>}
 */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("wagtail-push", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("state");
      request.result.createObjectStore("receipts", { autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is in use"));
  });
}
