/**
 * The customer's page "PUSH notifications".
 *
 * The server renders everything that it knows; this module adds what only the browser
 * knows. No static imports: the names of hashed static files stand in the config.
 * Nothing is fetched from another origin, and the browser asks nothing, before the
 * customer presses Continue.
 */

/**
 * @typedef {import("../types.js").Action} Action
 * @typedef {import("../types.js").Config} Config
 * @typedef {import("../types.js").Facts} Facts
 * @typedef {import("../types.js").Page} Page
 */

/** @type {Config} */
let config;

/** @type {Facts} */
let facts;

/**
 * What the other modules use; the modules themselves are filled in by start().
 *
 * @type {Page}
 */
const page = {
  get config() {
    return config;
  },
  get facts() {
    return facts;
  },
  card: /** @type {any} */ (null),
  browser: /** @type {any} */ (null),
  regions: /** @type {any} */ (null),
  // What was proven or renewed just now, on the card until the next visit.
  proof: "",
  call,
  refresh,
  update,
  setPhase,
};

/**
 * @param {Document} html
 * @returns {Config | null}
 */
function readConfig(html) {
  const data = html.getElementById("wagtail-push-config")?.textContent;
  return data ? JSON.parse(data) : null;
}

/**
 * Fetch the page again and take over what the server renders differently now.
 *
 * @param {string[]} [only] the regions, if not all of them
 */
async function refresh(only) {
  try {
    await page.regions.refresh(only);
  } catch (error) {
    if (!(error instanceof page.regions.SignedOut)) throw error;
    throw new page.browser.Failure("signed-out", "HTTP");
  }
  await update();
}

/** Look again at what only the browser knows, and show it. */
async function update() {
  const support = page.card.lacks(window, config.tooOld);
  const storage = support ? true : await page.browser.storageWorks();
  const subscribed = support ? null : await page.browser.subscribed(config);
  Object.assign(facts, {
    account: config.account,
    browser: config.browser,
    foreign: config.foreign,
    support,
    storage,
    subscribed,
    permission: support ? "default" : Notification.permission,
  });
  if (facts.phase === "checking") facts.phase = "idle";
  tell(render());
  void repair().catch((error) => console.debug("wagtail-push: renewal", error));
}

/** The permission for which the registration was renewed, or what the dialog does. */
let repaired = "";

/** Renew the registration of this browser, once for every answer of its permission. */
async function repair() {
  const { browser, phase, permission } = facts;
  const registered = browser
    ? browser.removed_reason !== "taken-over"
    : config.imported && permission === "granted";
  if (!registered || facts.support || !facts.storage || phase !== "idle") return;
  if (permission === repaired) return;
  repaired = permission;
  // What an older registry held is found by what the SDK keeps there.
  if (!browser && !(await page.browser.usedFirebase())) return;
  const lost = page.card.thisBrowser(facts, config.text).state === "lost";
  const shown = (!browser || lost) && permission === "granted";
  if (shown) setPhase("registering");
  const { renew } = await import(config.modules.renew);
  const came = await renew(config)
    .catch((/** @type {unknown} */ error) => {
      console.debug("wagtail-push: renewal", error);
      return "refused";
    })
    .finally(() => shown && setPhase("idle"));
  if (came === "renewed") {
    page.proof = config.text.page.renewed;
    told = "";
    await refresh();
    page.regions.announce(page.proof);
  } else if (came === "lost" && browser?.status !== "removed") {
    await refresh();
  } else if (shown || came === "refused") {
    // What was of no use is gone, so the card may say something else now.
    await update();
  }
}

/** States in which something stands between the customer and notifications. */
const TROUBLE = new Set([
  "unsupported",
  "install",
  "storage-blocked",
  "dismissed",
  "blocked",
  "foreign",
  "lost",
]);

/**
 * The trouble that was announced; null: whatever comes next is.
 *
 * @type {string | null}
 */
let told = "";

/**
 * Announce what stands in the way, and what the card says once it no longer does.
 *
 * @param {import("../types.js").Card} card
 */
function tell({ state, heading, body }) {
  // The dialog says itself what happens in it.
  const { open } = /** @type {HTMLDialogElement} */ (page.regions.part("dialog"));
  const words = `${heading}. ${body}`;
  const trouble = TROUBLE.has(state) ? words : "";
  if (open || trouble === told) return;
  told = trouble;
  page.regions.announce(words);
}

/** @param {Facts["phase"]} phase */
function setPhase(phase) {
  facts.phase = phase;
  // What is registered at this moment needs no renewal.
  if (phase === "registering") repaired = "granted";
  facts.permission = Notification.permission;
  render();
}

function render() {
  const card = page.card.thisBrowser(facts, config.text);
  page.card.show(page.regions, page.regions.part("card"), card, page.proof);
  return card;
}

/**
 * Refusals that the customer, or this browser, can answer.
 *
 * @type {Record<string, string>}
 */
const QUESTIONS = { another_login: "another-login", proof_needed: "proof" };

/**
 * Call the portal's API; every way in which it can fail becomes a Failure.
 *
 * @param {"GET" | "POST" | "PUT"} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  let response = await send(method, path, body);
  if (response.status === 403) {
    // The form's token changes when the customer signs in again, in another tab say.
    const shown = config.account.key;
    await refresh();
    if (config.account.key !== shown) {
      const { switched } = config.text.page;
      throw new page.browser.Failure("refused", "ACCOUNT", switched);
    }
    response = await send(method, path, body);
  }
  if (response.status === 401 || response.status === 403) {
    throw new page.browser.Failure("signed-out", `HTTP-${response.status}`);
  }
  if (response.redirected) throw new page.browser.Failure("signed-out", "REDIRECT");
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const detail = response.status < 500 ? (answer?.detail ?? "") : "";
  const question = QUESTIONS[answer?.code];
  if (question) throw new page.browser.Failure(question, "", detail);
  throw new page.browser.Failure(
    detail ? "refused" : "save",
    `HTTP-${response.status}`,
    detail,
  );
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 */
async function send(method, path, body) {
  try {
    return await fetch(config.api + path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "X-CSRFToken": config.csrf,
        "X-Push-Account": encodeURIComponent(config.account.key),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout?.(15_000) ?? null,
    });
  } catch (error) {
    console.debug("wagtail-push:", method, path, error);
    throw new page.browser.Failure("save", navigator.onLine ? "NETWORK" : "OFFLINE");
  }
}

// ----------------------------------------------------------------------- beginning

/**
 * Do what the button of the card says.
 *
 * @param {Action} does
 * @param {typeof import("./enable.js")} enable
 */
function act(does, enable) {
  if (does === "enable" || does === "take") enable.openDialog(does === "take");
  else if (does === "renew") enable.renew();
  else if (does === "secure") location.protocol = "https:";
  else if (does === "own-tab") window.open(location.href, "_blank", "noopener");
  else if (does === "copy") void copyAddress();
  else {
    // Whoever asks again hears the answer again.
    told = null;
    void update();
  }
}

async function copyAddress() {
  try {
    await navigator.clipboard.writeText(location.href);
  } catch (error) {
    console.debug("wagtail-push: clipboard", error);
    // Old browsers and those inside other apps have none.
    window.prompt(config.text.states["unsupported-missing"].action, location.href);
    return;
  }
  page.regions.announce(config.text.page.copied);
}

/** @param {typeof import("./enable.js")} enable */
function listen(enable) {
  const root = page.regions.part("root");
  root.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLElement | null} */ (
      target.closest("[data-wagtail-push-action]")
    );
    if (button) act(/** @type {Action} */ (button.dataset.does), enable);
  });
  document.addEventListener("wagtail-push:refreshed", (event) => {
    const fresh = readConfig(/** @type {CustomEvent<Document>} */ (event).detail);
    if (!fresh) return;
    config = fresh;
    void update();
  });
  // Safari reports no change of the permission, so coming back counts as one (C-54).
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void update();
  });
  navigator.permissions
    ?.query({ name: "notifications" })
    .then((status) => status.addEventListener("change", () => void update()))
    .catch(() => undefined);
}

async function start() {
  const data = readConfig(document);
  if (!data) return;
  config = data;
  facts = {
    account: config.account,
    browser: config.browser,
    support: "",
    storage: true,
    permission: "default",
    subscribed: null,
    phase: "checking",
    dismissed: false,
    foreign: config.foreign,
  };
  const { modules } = config;
  const [card, browser, enable, regions] = await Promise.all([
    import(modules.card),
    import(modules.connect),
    import(modules.enable),
    import(modules.regions),
  ]);
  Object.assign(page, { card, browser, regions });
  render();
  enable.prepare(page);
  listen(enable);
  await update();
  if (facts.browser && facts.storage && !facts.support) {
    await browser.remember({ neutral: config.neutral });
    await browser.flushReceipts(config);
  }
}

start().catch((error) => {
  console.debug("wagtail-push:", error);
  // The module that finds parts of the page may be what is missing.
  const body = document.querySelector("[data-wagtail-push-body]");
  if (body) body.textContent = config.text.page.notLoaded;
});
