/**
 * What the page says about "This browser", and how it is put on the card.
 *
 * What is said is decided without a look at the page.
 */

/**
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Action} Action
 * @typedef {import("../types.js").Facts} Facts
 * @typedef {import("../types.js").Text} Text
 * @typedef {import("../types.js").Card} Card
 */

/**
 * Fill the named placeholders of a translated sentence.
 *
 * @param {string} sentence
 * @param {Record<string, string>} values
 */
export function fill(sentence, values) {
  return sentence.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
}

/**
 * What the one button does, by state or by its variant.
 *
 * @type {Record<string, Action>}
 */
const ACTIONS = {
  "can-ask": "enable",
  "dismissed": "enable",
  "allowed": "enable",
  "lost": "renew",
  "foreign": "take",
  "blocked": "check",
  "storage-blocked": "check",
  "unsupported-insecure": "secure",
  "unsupported-framed": "own-tab",
  "unsupported-missing": "copy",
};

/** What is done by the button that stands out. */
const PRIMARY = new Set(["enable", "take", "renew"]);

/**
 * Say which one state this browser is in, and with which variant of the words.
 *
 * @param {Facts} facts
 * @returns {[State, string?]}
 */
function stateOf({ account, browser, support, storage, permission, ...facts }) {
  if (account.forbidden) return ["account-off", "account-forbidden"];
  if (!account.enabled) return ["account-off"];
  if (support === "install" || support === "too-old") return ["install", support];
  if (support) return ["unsupported", `unsupported-${support}`];
  if (facts.phase === "checking") return ["checking"];
  if (!storage) return ["storage-blocked"];
  if (facts.phase === "asking") return ["asking"];
  if (facts.phase === "registering") return ["registering"];
  if (permission === "denied") {
    return ["blocked", browser ? "blocked-registered" : "blocked"];
  }
  if (browser) {
    if (browser.status === "revoked") return ["lost", "lost-revoked"];
    const removed = browser.status === "removed";
    // Why it stopped says more than when, as long as that is still so.
    const own = !removed || browser.removed_reason === "lost";
    if (own && permission !== "granted") return ["lost", "lost-permission"];
    if (removed) return ["lost", browser.stopped ? "lost-since" : ""];
    if (facts.subscribed === false) return ["lost"];
    if (browser.status === "signed-out") return ["paused", "paused-signed-out"];
    return [browser.status === "paused" ? "paused" : "active"];
  }
  if (facts.foreign) return ["foreign"];
  if (permission === "granted") return ["allowed"];
  return [facts.dismissed ? "dismissed" : "can-ask"];
}

/**
 * Say everything about the card "This browser": the only place that decides it.
 *
 * @param {Facts} facts
 * @param {Text} text
 * @returns {Card}
 */
export function thisBrowser(facts, text) {
  const [state, variant] = stateOf(facts);
  const words = text.states[variant || state];
  const values = {
    name: facts.browser?.name ?? "",
    account: facts.account.label,
    date: facts.browser?.stopped ?? "",
  };
  const does = ACTIONS[variant || state] ?? ACTIONS[state];
  return {
    state,
    heading: fill(words.heading, values),
    body: fill(words.body, values),
    tag: words.tag ?? "",
    // A system that is too old can't add the site to its home screen for push.
    steps: variant === "too-old" ? "" : state,
    action:
      does && words.action
        ? { does, label: words.action, primary: PRIMARY.has(does) }
        : null,
  };
}

/**
 * Put on the card what is said of this browser.
 *
 * @param {Pick<typeof import("./regions.js"), "all" | "part">} regions
 * @param {HTMLElement} box
 * @param {Card} card
 * @param {string} proof what the worker reported, while the browser is active
 */
export function show({ all, part }, box, card, proof) {
  box.dataset.state = card.state;
  box.setAttribute("aria-busy", String(card.state === "checking"));
  part("heading", box).textContent = card.heading;
  part("body", box).textContent = card.body;
  const tag = part("tag", box);
  tag.textContent = card.tag;
  tag.hidden = !card.tag;
  part("proof", box).textContent = card.state === "active" ? proof : "";
  const button = part("action", box);
  button.hidden = !card.action;
  button.textContent = card.action?.label ?? "";
  button.dataset.does = card.action?.does ?? "";
  button.classList.toggle("wagtail-push-button--primary", !!card.action?.primary);
  for (const steps of all("coach", box)) {
    steps.hidden = steps.dataset.wagtailPushCoach !== card.steps;
  }
  for (const form of all("sending", box)) {
    form.hidden = card.state !== "active" && card.state !== "paused";
  }
}

/**
 * Name what this browser lacks, found by features and never by its name.
 *
 * @param {Window & typeof globalThis} page
 * @param {boolean} [tooOld] whether the system says that it is too old for push
 * @returns {"" | "insecure" | "framed" | "install" | "too-old" | "private" | "missing"}
 */
export function lacks(page, tooOld = false) {
  if (!page.isSecureContext) return "insecure";
  if (page.top !== page.self) return "framed";
  const push = "PushManager" in page && "Notification" in page;
  const device = /** @type {Navigator & {standalone?: boolean}} */ (page.navigator);
  // Only iOS and iPadOS have navigator.standalone; there, push exists only for a site
  // on the home screen.
  if (!push && device.standalone !== undefined && tooOld) return "too-old";
  if (!push && device.standalone === false) return "install";
  // Firefox has neither in a private window, unless it allows workers there.
  if ("Notification" in page && !("serviceWorker" in device)) return "private";
  const shows = push && "showNotification" in page.ServiceWorkerRegistration.prototype;
  // A name is asked for in a dialog.
  const asks = "HTMLDialogElement" in page;
  return shows && asks && "indexedDB" in page ? "" : "missing";
}
