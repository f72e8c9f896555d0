/**
 * The customer's page "PUSH notifications".
 *
 * The server renders everything that it knows; this module adds what only the browser
 * knows. No static imports: the names of hashed static files stand in the config.
 * Nothing is fetched from another origin, and the browser asks nothing, before the
 * customer presses Continue.
 */

/**
 * @typedef {import("../../../frontend/types.js").Config} Config
 * @typedef {import("../../../frontend/types.js").Facts} Facts
 * @typedef {import("../../../frontend/types.js").Page} Page
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
  // What the worker reported of the confirmation, on the card until the next visit.
  proof: "",
  all,
  part,
  call,
  announce,
  refresh,
  update,
  setPhase,
};

/**
 * @param {string} name
 * @param {ParentNode} [inside]
 * @returns {HTMLElement[]}
 */
function all(name, inside = document) {
  return [
    .../** @type {NodeListOf<HTMLElement>} */ (
      inside.querySelectorAll(`[data-wagtail-push-${name}]`)
    ),
  ];
}

/**
 * Find the part of the page that a template marked; an overridden template needs it too.
 *
 * @param {string} name
 * @param {ParentNode} [inside]
 */
function part(name, inside = document) {
  const [found] = all(name, inside);
  if (!found) throw new Error(`no element with data-wagtail-push-${name}`);
  return found;
}

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
  const response = await fetch(location.href, {
    credentials: "same-origin",
    cache: "no-store",
    headers: { Accept: "text/html" },
  });
  const html = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = response.ok ? readConfig(html) : null;
  if (!fresh) throw new page.browser.Failure("signed-out", `HTTP-${response.status}`);
  config = fresh;
  for (const region of all("region")) {
    const name = region.dataset.wagtailPushRegion ?? "";
    if (only && !only.includes(name)) continue;
    const next = all("region", html).find(
      (other) => other.dataset.wagtailPushRegion === name,
    );
    if (next) region.replaceWith(document.adoptNode(next));
  }
  tellTimes();
  await update();
}

/** Look again at what only the browser knows, and show it. */
async function update() {
  const support = page.card.lacks(window);
  const storage = support ? true : await page.browser.storageWorks();
  const subscribed = support ? null : await page.browser.subscribed(config);
  Object.assign(facts, {
    account: config.account,
    browser: config.browser,
    support,
    storage,
    subscribed,
    permission: support ? "default" : Notification.permission,
  });
  if (facts.phase === "checking") facts.phase = "idle";
  render();
}

/** @param {Facts["phase"]} phase */
function setPhase(phase) {
  facts.phase = phase;
  facts.permission = Notification.permission;
  render();
}

function render() {
  const card = page.card.thisBrowser(facts, config.text);
  const box = part("card");
  box.dataset.state = card.state;
  box.setAttribute("aria-busy", String(card.state === "checking"));
  part("heading", box).textContent = card.heading;
  part("body", box).textContent = card.body;
  const tag = part("tag", box);
  tag.textContent = card.tag;
  tag.hidden = !card.tag;
  part("proof", box).textContent = card.state === "active" ? page.proof : "";
  const button = part("action", box);
  button.hidden = !card.action;
  button.textContent = card.action?.label ?? "";
  button.dataset.does = card.action?.does ?? "";
  button.classList.toggle("wagtail-push-button--primary", !!card.action?.primary);
}

/** @param {string} words */
function announce(words) {
  const status = part("status");
  status.textContent = "";
  // A screen reader repeats an unchanged sentence only if it was gone in between.
  requestAnimationFrame(() => {
    status.textContent = words;
  });
}

/** Say how long ago beside every moment; the exact one stays in the title. */
function tellTimes() {
  const format = new Intl.RelativeTimeFormat(config.language, { numeric: "auto" });
  for (const element of /** @type {HTMLTimeElement[]} */ (all("ago"))) {
    element.title ||= element.textContent ?? "";
    element.textContent = page.card.ago(
      Date.parse(element.dateTime) - Date.now(),
      format,
    );
  }
}

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
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const detail = response.status < 500 ? (answer?.detail ?? "") : "";
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
      signal: AbortSignal.timeout(15_000),
    });
  } catch (error) {
    console.debug("wagtail-push:", method, path, error);
    throw new page.browser.Failure("save", navigator.onLine ? "NETWORK" : "OFFLINE");
  }
}

/** @type {WeakMap<HTMLInputElement, Promise<void>>} */
const saving = new WeakMap();

/**
 * Save a switch at once; several clicks go out one after another, so the last one wins.
 *
 * @param {HTMLInputElement} input
 */
function saveScope(input) {
  const wanted = input.checked;
  const before = saving.get(input) ?? Promise.resolve();
  const path = `browsers/${input.dataset.browser}/scopes/${input.dataset.scope}/`;
  input.setAttribute("aria-busy", "true");
  const now = before.then(async () => {
    part("page-alert").hidden = true;
    try {
      await call("PUT", path, { wanted });
      const { saved } = config.text.page;
      announce(page.card.fill(saved, { title: input.dataset.title ?? "" }));
      // The card stays: the customer's focus is on its switch.
      await refresh(["browsers"]);
    } catch (thrown) {
      console.debug("wagtail-push: scope", thrown);
      input.checked = !wanted;
      const { detail, reason } = /** @type {{detail?: string, reason?: string}} */ (
        thrown
      );
      const words =
        reason === "signed-out"
          ? config.text.failures[reason].heading
          : config.text.page.notSaved;
      part("page-alert").textContent = detail || words;
      part("page-alert").hidden = false;
    }
    input.removeAttribute("aria-busy");
  });
  saving.set(input, now);
}

// ----------------------------------------------------------------------- beginning

/** @param {() => void} openDialog */
function listen(openDialog) {
  const root = part("root");
  root.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLElement | null} */ (
      target.closest("[data-wagtail-push-action]")
    );
    if (button?.dataset.does === "enable") openDialog();
    else if (button) void update();
  });
  root.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if ("wagtailPushScope" in input.dataset) saveScope(input);
  });
  root.addEventListener("submit", (event) => {
    const form = /** @type {HTMLElement} */ (event.target);
    if ("wagtailPushScopeForm" in form.dataset) event.preventDefault();
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
  };
  const { modules } = config;
  const [card, browser, enable] = await Promise.all([
    import(modules.card),
    import(modules.connect),
    import(modules.enable),
  ]);
  Object.assign(page, { card, browser });
  render();
  enable.prepare(page);
  listen(enable.openDialog);
  tellTimes();
  await update();
  if (facts.browser && facts.storage && !facts.support) {
    await browser.remember({ neutral: config.neutral });
    await browser.flushReceipts(config);
  }
}

start().catch((error) => {
  console.debug("wagtail-push:", error);
  part("body").textContent = config.text.page.notLoaded;
});
