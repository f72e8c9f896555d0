/**
 * This browser's side of a registration: its storage, its worker, and FCM.
 *
 * Nothing here asks the customer anything or talks to the portal's API.
 */

/**
 * @typedef {import("../types.js").Connection} Connection
 * @typedef {import("../types.js").FirebaseKeys} FirebaseKeys
 */

/** What went wrong, as a key of the config's texts; nothing of it is an SDK's word. */
export class Failure extends Error {
  /**
   * @param {string} reason
   * @param {string} [code] short, for support
   * @param {string} [detail] a sentence of the portal that can be shown
   */
  constructor(reason, code = "", detail = "") {
    super(detail || reason);
    this.reason = reason;
    this.code = code;
    this.detail = detail;
  }
}

/** Reasons that, without a connection, say nothing about what could not be fetched. */
const FETCHING = new Set(["worker", "emulator", "unavailable"]);

/**
 * Find the words for whatever connecting threw.
 *
 * @param {unknown} thrown
 * @param {{online: boolean, permission: NotificationPermission, brave: boolean,
 *   fcm: number}} here
 */
export function failureOf(thrown, here) {
  if (thrown instanceof Failure) {
    const offline = !here.online && FETCHING.has(thrown.reason);
    return offline ? new Failure("offline", "OFFLINE") : thrown;
  }
  const error = /** @type {{name?: string, code?: unknown, customData?: any}} */ (
    thrown
  );
  const code = typeof error?.code === "string" ? error.code : "";
  // The SDK says "permission-blocked" also when the question was only closed, so the
  // browser's own word counts.
  if (here.permission === "denied") return new Failure("blocked", "PERMISSION");
  if (here.permission === "default") return new Failure("dismissed", "PERMISSION");
  if (!here.online) return new Failure("offline", "OFFLINE");
  if (code === "messaging/indexed-db-unsupported") return new Failure("storage", "IDB");
  if (code === "messaging/unsupported-browser") return new Failure("unsupported");
  if (error?.name === "AbortError" || error?.name === "NotAllowedError") {
    return new Failure(here.brave ? "brave" : "push-service", "PUSH");
  }
  const status = error?.customData?.serverCode || (code.startsWith("messaging/") && here.fcm);
  return new Failure("unavailable", `FCM-${status || code.split("/")[1] || "SDK"}`);
}

/** Return the status of FCM's last answer, which the SDK keeps to itself; or 0. */
export function fcmStatus() {
  const answers = performance
    .getEntriesByType("resource")
    .filter(({ name }) => name.includes("fcmregistrations.googleapis.com/"));
  const last = /** @type {PerformanceResourceTiming | undefined} */ (answers.at(-1));
  return last?.responseStatus ?? 0;
}

const DATABASE = "wagtail-push";

/**
 * The same database, in the same version, as worker.js opens.
 *
 * @returns {Promise<IDBDatabase>}
 */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("state");
      request.result.createObjectStore("receipts", { autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("the database is in use"));
  });
}

/**
 * Keep values where the worker finds them.
 *
 * @param {Record<string, unknown>} values
 */
export async function remember(values) {
  const database = await openDatabase();
  try {
    await new Promise((resolve, reject) => {
      const transaction = database.transaction("state", "readwrite");
      transaction.oncomplete = resolve;
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
      const store = transaction.objectStore("state");
      for (const [key, value] of Object.entries(values)) store.put(value, key);
    });
  } finally {
    database.close();
  }
}

/** @param {string} key */
async function recall(key) {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const request = database.transaction("state").objectStore("state").get(key);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

/**
 * Wait for a nonce that the worker was pushed, other than the one before.
 *
 * @param {string | undefined} before
 * @param {number} milliseconds
 * @returns {Promise<string | undefined>}
 */
export async function nextProof(before, milliseconds) {
  const until = performance.now() + milliseconds;
  while (performance.now() < until) {
    const proof = await recall("proof");
    if (proof && proof !== before) return proof;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return undefined;
}

/** Tell whether this site may keep anything in this browser. */
export async function storageWorks() {
  try {
    (await within(3000, openDatabase())).close();
    return navigator.cookieEnabled;
  } catch {
    return false;
  }
}

/**
 * Give up on a promise after a while.
 *
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise
 * @returns {Promise<T>}
 */
function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("timeout")), milliseconds);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * @param {Connection} config
 * @returns {Promise<ServiceWorkerRegistration | undefined>}
 */
async function ownRegistration(config) {
  const scope = new URL(config.workerScope, location.href).href;
  const registration = await navigator.serviceWorker.getRegistration(scope);
  return registration?.scope === scope ? registration : undefined;
}

/**
 * Tell whether this browser still holds the subscription that was registered; null: it
 * did not say.
 *
 * @param {Connection} config
 * @returns {Promise<boolean | null>}
 */
export async function subscribed(config) {
  try {
    const registration = await within(3000, ownRegistration(config));
    if (!registration) return false;
    const { pushManager } = registration;
    const subscription = await within(3000, pushManager.getSubscription());
    // An attempt that FCM refused leaves another one, which FCM does not know.
    const known = await recall("endpoint");
    return Boolean(subscription) && subscription?.endpoint === (known ?? subscription?.endpoint);
  } catch {
    return null;
  }
}

/**
 * Let the worker report what it has noted.
 *
 * @param {Connection} config
 */
export async function flushReceipts(config) {
  const registration = await ownRegistration(config);
  registration?.active?.postMessage({ type: "wagtail-push:flush" });
}

/** Ours fetches nothing to install, so one that takes longer stands in its own way. */
const WORKER_STARTS = 4000;

/**
 * Register the worker and wait until it is active, twice again if it is slow.
 *
 * @param {Connection} config
 */
async function startWorker(config) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await within(WORKER_STARTS, activeWorker(config));
    } catch (error) {
      console.debug("wagtail-push: worker", error);
      if (error instanceof Failure) throw error;
      if (tries === 3) throw new Failure("worker-slow", "SW-TIMEOUT");
    }
  }
}

/**
 * Register the worker and wait; behind one that never installs, registering waits, too.
 *
 * @param {Connection} config
 */
async function activeWorker(config) {
  const registration = await navigator.serviceWorker
    .register(config.worker, { scope: config.workerScope, updateViaCache: "none" })
    .catch(async (error) => {
      console.debug("wagtail-push: worker", error);
      throw new Failure("worker", `SW-${await workerStatus(config)}`);
    });
  await active(registration);
  return registration;
}

/**
 * @param {ServiceWorkerRegistration} registration
 * @returns {Promise<void>}
 */
function active(registration) {
  return new Promise((resolve, reject) => {
    if (registration.active) return resolve();
    const coming = registration.installing ?? registration.waiting;
    if (!coming) return reject(new Error("no worker"));
    coming.addEventListener("statechange", () => {
      if (coming.state === "activated") resolve();
      if (coming.state === "redundant") reject(new Error("redundant"));
    });
  });
}

/** @param {Connection} config */
async function workerStatus(config) {
  try {
    const answer = await fetch(config.worker, { method: "HEAD", cache: "no-store" });
    return answer.redirected ? "REDIRECT" : String(answer.status);
  } catch {
    return "NETWORK";
  }
}

/** @type {Map<string, number>} */
const missed = new Map();

/**
 * Load a module, also after an attempt that failed: browsers remember a failure under
 * the address for as long as the page is open, and a fragment makes it another one.
 *
 * @param {string} url
 */
async function load(url) {
  const times = missed.get(url) ?? 0;
  try {
    return await import(times ? `${url}#${times}` : url);
  } catch (error) {
    missed.set(url, times + 1);
    throw error;
  }
}

/**
 * @param {Connection} config
 * @returns {Promise<FirebaseKeys>}
 */
async function firebaseKeys(config) {
  if (config.emulator && config.emulatorModule) {
    const emulator = await load(config.emulatorModule);
    try {
      return await emulator.connect(config.emulator);
    } catch (error) {
      console.debug("wagtail-push: emulator", error);
      throw new Failure("emulator", "EMULATOR");
    }
  }
  if (config.firebase && config.vapidKey) {
    return { firebase: config.firebase, vapidKey: config.vapidKey };
  }
  throw new Failure("unavailable", "FCM-SETTINGS");
}

/** @type {Promise<FirebaseKeys> | undefined} */
let keys;

/**
 * Register this browser with FCM; ``fresh``: what was there before was of no use.
 *
 * @param {Connection} config
 * @param {boolean} ended whether the portal knows that FCM takes the old target no more
 * @returns {Promise<{target: string, key_fingerprint: string, fresh: boolean}>}
 */
export function connect(config, ended) {
  // Two tabs must not do this at once, nor a renewal and the dialog.
  return navigator.locks
    ? navigator.locks.request("wagtail-push", () => connectAlone(config, ended))
    : connectAlone(config, ended);
}

/**
 * @param {Connection} config
 * @param {boolean} ended
 */
async function connectAlone(config, ended) {
  const registration = await startWorker(config);
  // Connecting to the emulator wraps fetch, so it happens once for all attempts.
  keys ??= firebaseKeys(config);
  const { firebase, vapidKey } = await keys.catch((error) => {
    keys = undefined;
    throw error;
  });
  const sdk = await load(config.sdk).catch((error) => {
    console.debug("wagtail-push: SDK", error);
    throw new Failure("unavailable", "SDK");
  });
  if (!(await sdk.isSupported())) throw new Failure("unsupported");
  // The default app name, because the FID is kept under it: a portal that used Firebase
  // before finds the same installation again.
  const messaging = sdk.getMessaging(sdk.initializeApp(firebase));
  const options = { vapidKey, serviceWorkerRegistration: registration };
  const fresh = await dropStale(config.kind, ended, sdk, messaging, options);
  // The SDK sets itself no limit; without one the dialog would wait for ever.
  const target = await within(
    30_000,
    config.kind === "token"
      ? sdk.getToken(messaging, options)
      : fid(sdk, messaging, options),
  );
  const subscription = await registration.pushManager.getSubscription();
  await remember({ kind: config.kind, endpoint: subscription?.endpoint });
  return { target, key_fingerprint: await hash(vapidKey), fresh };
}

/**
 * @param {any} sdk
 * @param {unknown} messaging
 * @param {object} options
 * @returns {Promise<string>}
 */
function fid(sdk, messaging, options) {
  return new Promise((resolve, reject) => {
    // The handler must be there first, or register() refuses.
    sdk.onRegistered(messaging, resolve);
    sdk.register(messaging, options).catch(reject);
  });
}

/**
 * Make the SDK register anew where it would wrongly believe that it is registered.
 *
 * With the same FID and within a week, `register()` asks nobody, even if the browser's
 * subscription is gone, is another one, or belongs to another server key, and even if
 * FCM has ended the registration. And an app must not hold targets of both kinds.
 *
 * @param {"fid" | "token"} kind
 * @param {boolean} ended
 * @param {any} sdk
 * @param {unknown} messaging
 * @param {{vapidKey: string, serviceWorkerRegistration: ServiceWorkerRegistration}} options
 * @returns {Promise<boolean>} whether there was something to drop
 */
async function dropStale(kind, ended, sdk, messaging, options) {
  const { pushManager } = options.serviceWorkerRegistration;
  const subscription = await pushManager.getSubscription();
  const key = subscription?.options.applicationServerKey;
  const sameKey = !key || base64url(key) === options.vapidKey.replace(/=+$/, "");
  const was = await recall("kind");
  const moved = subscription?.endpoint !== ((await recall("endpoint")) ?? subscription?.endpoint);
  const good = subscription && sameKey && !moved && (was ?? kind) === kind;
  if (good && !ended) return false;
  // FCM may have forgotten the registration already and refuse: then only the SDK's
  // own note has to go.
  if (was === "token" && (kind === "fid" || ended)) {
    // deleteToken() wants a worker of its own unless getToken() named one.
    await sdk
      .getToken(messaging, options)
      .then(() => sdk.deleteToken(messaging))
      .catch(forgetSdkDatabase);
  } else if (was === "fid") {
    await sdk.unregister(messaging).catch(forgetSdkDatabase);
  }
  // A subscription that only moved is as good as a new one.
  if (!sameKey) await subscription?.unsubscribe();
  return Boolean(was);
}

/** Tell whether the SDK has given this browser a FID before; false if it won't say. */
export async function usedFirebase() {
  const databases = (await indexedDB.databases?.().catch(() => [])) ?? [];
  return databases.some(({ name }) => name === "firebase-installations-database");
}

/** @returns {Promise<void>} */
function forgetSdkDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase("firebase-messaging-database");
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}

/** @param {ArrayBuffer} bytes */
function base64url(bytes) {
  const text = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {string} key */
async function hash(key) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return Array.from(new Uint8Array(digest), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
