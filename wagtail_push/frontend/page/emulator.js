/**
 * Lets the unmodified Firebase SDK speak to the FCM emulator on this machine.
 * The page imports this module only where an emulator is configured.
 */

const HOSTS = new Set([
  "firebaseinstallations.googleapis.com",
  "fcmregistrations.googleapis.com",
]);
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * @typedef {object} EmulatorConfig
 * @property {{apiKey: string, appId: string, projectId: string, messagingSenderId: string}} firebase
 * @property {string} vapidKey
 */

/**
 * Sends the SDK's requests to the emulator and returns the emulator's configuration.
 *
 * @param {string} origin e.g. "http://127.0.0.1:8979"
 * @returns {Promise<EmulatorConfig>}
 */
export async function connect(origin) {
  if (!LOOPBACK.test(origin)) {
    throw new TypeError(`${origin} is not an http origin on this machine.`);
  }
  const original = window.fetch.bind(window);
  window.fetch = (input, init) => {
    // The SDK always passes a string.
    const isHTTPS = typeof input === "string" && input.startsWith("https://");
    const url = isHTTPS ? new URL(input) : null;
    if (!url || !HOSTS.has(url.host)) {
      return original(input, init);
    }
    return original(`${origin}/${url.host}${url.pathname}${url.search}`, init);
  };
  const response = await original(`${origin}/emulator/config`);
  if (!response.ok) {
    throw new Error(`The emulator answered ${response.status}.`);
  }
  return response.json();
}
