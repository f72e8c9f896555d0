/**
 * The dialog "Enable notifications for this browser" and its four steps.
 */

/**
 * @typedef {import("../types.js").Page} Page
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../types.js").StepState} StepState
 * @typedef {import("../types.js").Saved} Saved
 * @typedef {import("../types.js").Progress} Progress
 * @typedef {{name: string, language: string, scopes: Record<string, boolean>,
 *   replaces: string | null, target?: string, key_fingerprint?: string, proof?: string,
 *   takeOver?: boolean, saved?: Saved}} Attempt
 */

const DRAFT = "wagtail-push-name";

/** @type {Page} */
let page;

/** @type {Attempt | null} */
let attempt = null;

let running = false;

/**
 * Show on this page what happens; nothing of it can be pressed.
 *
 * @param {Page} lent
 */
export function lend(lent) {
  page = lent;
}

/**
 * Make the dialog work.
 *
 * @param {Page} lent
 */
export function prepare(lent) {
  lend(lent);
  page.regions.part("form").addEventListener("submit", onContinue);
  page.regions.part("form").addEventListener("change", showWhatIsNew);
  nameField().addEventListener("input", () => {
    sessionStorage.setItem(DRAFT, nameField().value);
    showNameError("");
  });
  page.regions.part("retry").addEventListener("click", onRetry);
  page.regions.part("seen").addEventListener("click", () => onSeen(true));
  page.regions.part("not-seen").addEventListener("click", () => onSeen(false));
  page.regions.part("another").addEventListener("click", () => void sendAnother());
  for (const button of page.regions.all("close")) {
    button.addEventListener("click", () => dialogElement().close());
  }
  dialogElement().addEventListener("close", onClosed);
}

function dialogElement() {
  return /** @type {HTMLDialogElement} */ (page.regions.part("dialog"));
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Whether the customer has said to end what another one registered here. */
let takesOver = false;

/**
 * Open the dialog in which the customer names this browser and chooses.
 *
 * @param {boolean} takeOver
 */
export function openDialog(takeOver) {
  removeEventListener("online", retryWhenOnline);
  takesOver = takeOver;
  const name = nameField();
  // What was typed before "Not now" is kept for the session (C-21).
  name.value =
    sessionStorage.getItem(DRAFT) ??
    page.config.browser?.name ??
    page.config.suggestedName;
  showNameError("");
  showWhatIsNew();
  const words = page.config.text.page;
  page.regions.part("asks").textContent =
    Notification.permission === "granted" ? words.allowedAlready : words.willAsk;
  page.regions.part("dialog-title").textContent = words.dialogTitle;
  showView("form");
  dialogElement().showModal();
  // Who says which browser this was needs no name, so that question is heard first.
  const question = answers().find((box) => box.checked);
  if (question) question.focus();
  else name.select();
}

/** Return the answers to the question which browser this one was before. */
function answers() {
  return /** @type {HTMLInputElement[]} */ (page.regions.all("replaces"));
}

/** Return the browser that this one was before, if the customer says so. */
function before() {
  return answers().find((box) => box.checked && box.value);
}

/** Hide what a browser that was here before keeps: its name and its choices. */
function showWhatIsNew() {
  for (const element of page.regions.all("new")) element.hidden = Boolean(before());
}

function nameField() {
  return /** @type {HTMLInputElement} */ (page.regions.part("name"));
}

/** @param {string} message */
export function showNameError(message) {
  page.regions.part("name-error").textContent = message;
  nameField().setAttribute("aria-invalid", String(Boolean(message)));
}

/** @param {"form" | "progress"} view */
function showView(view) {
  for (const element of page.regions.all("view")) {
    element.hidden = element.dataset.wagtailPushView !== view;
  }
}

/**
 * Renew in this one click what this browser was registered as: no scope is named, so
 * all choices stay.
 */
export function renew() {
  const { browser, text } = page.config;
  if (!browser) return;
  const { name, language } = browser;
  choose({ name, language, scopes: {}, replaces: null });
  page.regions.part("dialog-title").textContent = page.card.fill(text.page.renewTitle, {
    name,
  });
  dialogElement().showModal();
  go();
}

/** @param {Attempt} chosen */
function choose(chosen) {
  // The target of an attempt that failed later is kept: it is the same browser.
  attempt = attempt?.saved ? chosen : { ...attempt, ...chosen };
}

/** Begin, or go on, in the click itself: browsers ask only then (C-13). */
function go() {
  if (running || !attempt) return;
  removeEventListener("online", retryWhenOnline);
  running = true;
  const asked =
    Notification.permission === "granted"
      ? Promise.resolve(Notification.permission)
      : Notification.requestPermission();
  void run(attempt, asked);
}

/** @param {Event} event */
function onContinue(event) {
  event.preventDefault();
  if (running) return;
  const old = before();
  const name = old?.dataset.name ?? nameField().value.trim();
  if (!name) {
    showNameError(page.config.text.page.nameMissing);
    nameField().focus();
    return;
  }
  showNameError("");
  /** @type {Record<string, boolean>} */
  const scopes = {};
  for (const box of /** @type {HTMLInputElement[]} */ (page.regions.all("offer"))) {
    scopes[box.value] = box.checked;
  }
  const { language } = page.config;
  choose({ name, language, scopes, replaces: old?.value ?? null });
  if (takesOver && attempt) attempt.takeOver = true;
  go();
}

/**
 * Go through the four steps; what an earlier attempt finished is not done again (C-17).
 *
 * @param {Attempt} current
 * @param {Promise<NotificationPermission>} asked
 */
async function run(current, asked) {
  const { progress } = page.config.text;
  /** @type {Step} */
  let step = "permission";
  /** @param {Step} next @param {string} words @param {() => Promise<unknown>} work */
  const doStep = async (next, words, work) => {
    step = next;
    mark(step, "doing");
    say(words);
    await work();
    mark(step, "done");
  };
  beginProgress();
  try {
    page.setPhase("asking");
    await doStep("permission", progress.asking, () => answered(asked));
    page.setPhase("registering");
    await doStep("connect", progress.connecting, async () => {
      if (current.target) return;
      const ended = page.config.browser?.status === "removed";
      Object.assign(current, await page.browser.connect(page.config, ended));
    });
    await doStep("save", progress.saving, async () => {
      current.saved ??= await save(current);
      await hand(current.saved);
    });
    sessionStorage.removeItem(DRAFT);
    step = "confirm";
    mark(step, "doing");
    say(progress.queued);
    page.setPhase("idle");
    await refreshed();
    await confirm(/** @type {Saved} */ (current.saved));
  } catch (thrown) {
    fail(step, thrown);
    if (step === "confirm") await refreshed();
  } finally {
    // What follows only looks: whoever presses "Try again" meanwhile is not to be ignored.
    running = false;
    page.setPhase("idle");
    await page.update();
  }
}

/** Show what the server knows now; the registration stands even if that fails. */
async function refreshed() {
  await page.refresh().catch((error) => console.debug("wagtail-push: page", error));
}

/** @param {Promise<NotificationPermission>} asked */
async function answered(asked) {
  const timer = setTimeout(() => say(page.config.text.progress.askingHint), 6000);
  const answer = await asked.finally(() => clearTimeout(timer));
  page.facts.dismissed = answer === "default";
  if (answer !== "granted") {
    throw new page.browser.Failure(
      answer === "denied" ? "blocked" : "dismissed",
      "PERMISSION",
    );
  }
}

/**
 * Save the registration; a browser that the portal can't recognise proves itself.
 *
 * @param {Attempt} current
 * @returns {Promise<Saved>}
 */
async function save(current) {
  const until = performance.now() + 60_000;
  for (;;) {
    try {
      return await post(current);
    } catch (thrown) {
      const { reason } = /** @type {{reason?: string}} */ (thrown);
      if (reason !== "proof" || performance.now() > until) throw thrown;
      say(page.config.text.progress.proving);
      const next = await page.browser.nextProof(current.proof, until - performance.now());
      if (!next) throw thrown;
      current.proof = next;
    }
  }
}

/**
 * @param {Attempt} current
 * @returns {Promise<Saved>}
 */
function post(current) {
  return page.call("POST", "browsers/", {
    target: current.target,
    kind: page.config.kind,
    name: current.name,
    language: current.language,
    key_fingerprint: current.key_fingerprint,
    scopes: current.scopes,
    proof: current.proof ?? "",
    take_over: current.takeOver ?? false,
    replaces: current.replaces,
  });
}

/**
 * Give the worker what it reports with, and let it report what it already has.
 *
 * @param {Saved} saved
 */
async function hand(saved) {
  await page.browser.remember({
    capability: saved.capability,
    neutral: page.config.neutral,
    renewAt: Date.now() + 86_400_000,
  });
  await page.browser.flushReceipts(page.config);
}

/** Whether the customer or a receipt has said what became of the confirmation. */
let settled = false;

/**
 * Wait until the worker has reported that the confirmation was shown.
 *
 * @param {Saved} saved
 */
async function confirm(saved) {
  const { progress } = page.config.text;
  const begun = performance.now();
  let hinted = false;
  settled = false;
  while (performance.now() - begun < 60_000) {
    const answer = await howFar(saved, saved.confirmation);
    if (settled) return;
    if (answer?.state === "shown") return shown(saved, answer.seconds);
    if (answer?.state === "gone") return gone(saved);
    refuseUnsent(answer);
    const queued = answer?.stalled ? progress.stalled : progress.queued;
    say(answer?.state === "sent" ? progress.sent : queued);
    if (!hinted && performance.now() - begun > 15_000) {
      hinted = true;
      page.regions.part("hint").hidden = false;
    }
    await pause(hinted ? 3000 : 1000);
  }
  mark("confirm", "waiting");
  say(progress.unconfirmed);
}

/**
 * Ask how far a notification is; null: no answer yet.
 *
 * @param {Saved} saved
 * @param {string} notification
 * @returns {Promise<Progress | null>}
 */
async function howFar(saved, notification) {
  const path = `browsers/${saved.browser.id}/notifications/${notification}/`;
  return page.call("GET", path).catch((/** @type {{code?: string}} */ { code }) =>
    // Anything else, such as having asked too often, may pass by itself.
    code === "HTTP-404" ? { state: "gone" } : null,
  );
}

/** @param {Progress | null} answer */
function refuseUnsent(answer) {
  if (answer?.state === "failed" || answer?.state === "expired") {
    throw new page.browser.Failure("not-sent", answer.reason || answer.state);
  }
}

/**
 * Show how it is now; a browser that was removed meanwhile is what the card tells of.
 *
 * @param {Saved} saved
 */
async function gone(saved) {
  await refreshed();
  const { browser } = page.config;
  if (browser?.id === saved.browser.id && browser.status !== "removed") {
    mark("confirm", "waiting");
    say(page.config.text.progress.unconfirmed);
    return;
  }
  // Whoever begins again is registered anew.
  attempt = null;
  if (showsProgress()) dialogElement().close();
}

/**
 * @param {Saved | undefined} saved
 * @param {number | null} seconds
 */
export async function shown(saved, seconds) {
  if (!saved) return;
  settled = true;
  const { progress } = page.config.text;
  const format = new Intl.NumberFormat(page.config.language, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const values = { name: saved.browser.name, seconds: format.format(seconds ?? 0) };
  let words = progress.shown;
  if (seconds === null) words = progress.shownPlain;
  else if (seconds < 0.1) words = progress.shownAtOnce;
  page.proof = page.card.fill(words, values);
  page.regions.part("hint").hidden = true;
  page.regions.part("unseen").hidden = true;
  mark("confirm", "done");
  say(page.proof);
  page.regions.part("dialog-title").textContent = page.card.fill(progress.ready, values);
  const finish = page.regions.part("finish");
  finish.textContent = progress.done;
  finish.classList.add("wagtail-push-button--primary");
  finish.focus();
  await refreshed();
}

export function beginProgress() {
  showView("progress");
  page.regions.part("alert").hidden = true;
  page.regions.part("retry").hidden = true;
  page.regions.part("hint").hidden = true;
  page.regions.part("unseen").hidden = true;
  const finish = page.regions.part("finish");
  finish.textContent = page.config.text.progress.close;
  finish.classList.remove("wagtail-push-button--primary");
  for (const step of page.regions.all("step")) {
    mark(/** @type {Step} */ (step.dataset.wagtailPushStep), "waiting");
  }
  page.regions.part("steps").focus();
}

/**
 * @param {Step} step
 * @param {StepState} state
 */
export function mark(step, state) {
  const line = page.regions.all("step").find((item) => item.dataset.wagtailPushStep === step);
  if (!line) return;
  line.dataset.state = state;
  page.regions.part("step-state", line).textContent = page.config.text.steps[state];
}

/** @param {string} words */
export function say(words) {
  const status = page.regions.part("dialog-status");
  if (status.textContent !== words) status.textContent = words;
}

/**
 * Say what went wrong, what it means and what helps.
 *
 * @param {Step} step
 * @param {unknown} thrown
 */
export function fail(step, thrown) {
  console.debug("wagtail-push:", step, thrown);
  const failure = page.browser.failureOf(thrown, {
    online: navigator.onLine,
    permission: Notification.permission,
    brave: "brave" in navigator,
    fcm: page.browser.fcmStatus(),
  });
  const words = page.config.text.failures[failure.reason];
  mark(step, "failed");
  say("");
  page.regions.part("alert-heading").textContent = words.heading;
  page.regions.part("alert-body").textContent = failure.detail || words.body;
  const code = page.regions.part("alert-code");
  code.hidden = !failure.code;
  page.regions.part("support", code).textContent = failure.code;
  page.regions.part("alert-recorded").textContent = "";
  if (words.recorded) void record(failure.code, words.recorded);
  const steps = page.regions.part("alert-steps");
  const coach = page.regions
    .all("coach")
    .find((list) => list.dataset.wagtailPushCoach === failure.reason);
  steps.replaceChildren(...(coach?.cloneNode(true).childNodes ?? []));
  steps.hidden = !coach;
  page.regions.part("alert").hidden = false;
  const retry = page.regions.part("retry");
  retry.hidden = !words.action;
  retry.textContent = words.action ?? "";
  retry.dataset.reason = failure.reason;
  (retry.hidden ? page.regions.part("finish") : retry).focus();
  if (failure.reason === "save" || failure.reason === "offline") {
    addEventListener("online", retryWhenOnline);
  }
}

/**
 * Let the portal keep that this was met, and say so only once it has.
 *
 * @param {string} code
 * @param {string} words
 */
async function record(code, words) {
  const shown = page.regions.part("support", page.regions.part("alert-code"));
  const said = page.regions.part("alert-recorded");
  try {
    await page.call("POST", "troubles/", { code });
    // Another failure may have come instead.
    if (shown.textContent === code) said.textContent = words;
  } catch (error) {
    console.debug("wagtail-push: trouble", error);
  }
}

/**
 * A browser that reports nothing may have shown it all the same; only its customer knows.
 *
 * @param {boolean} seen
 */
function onSeen(seen) {
  settled = true;
  page.regions.part("hint").hidden = true;
  const unseen = page.regions.part("unseen");
  unseen.hidden = seen;
  if (seen) {
    mark("confirm", "done");
    say(page.config.text.progress.seen);
    page.regions.part("finish").focus();
  } else {
    mark("confirm", "waiting");
    say("");
    unseen.focus();
  }
}

/** Send a test to this browser, after the customer went through the checklist. */
async function sendAnother() {
  const saved = attempt?.saved;
  if (!saved) return;
  const { progress } = page.config.text;
  page.regions.part("alert").hidden = true;
  try {
    const sent = await page.call("POST", "tests/", { browsers: [saved.browser.id] });
    say(progress.another);
    for (let tries = 0; tries < 30; tries += 1) {
      const answer = await howFar(saved, sent.id);
      if (answer?.state === "shown") return await shown(saved, answer.seconds);
      if (answer?.state === "gone") return await gone(saved);
      refuseUnsent(answer);
      await pause(1000);
    }
    say(progress.unconfirmed);
  } catch (thrown) {
    const { reason, detail } = /** @type {{reason?: string, detail?: string}} */ (thrown);
    if (reason === "not-sent") fail("confirm", thrown);
    else say(detail || progress.unconfirmed);
  }
}

/** Whether the dialog shows how far an attempt is, and not its form. */
function showsProgress() {
  const [progress] = page.regions
    .all("view")
    .filter((element) => element.dataset.wagtailPushView === "progress");
  return dialogElement().open && progress !== undefined && !progress.hidden;
}

function retryWhenOnline() {
  if (showsProgress() && !page.regions.part("alert").hidden) go();
}

function onRetry() {
  const { reason } = page.regions.part("retry").dataset;
  const reload = reason === "signed-out" || reason === "worker-slow";
  if (reload) location.reload();
  if (attempt && reason === "another-login") attempt.takeOver = true;
  if (!reload) go();
}

/** Focus what the dialog was about, because the button that opened it may be gone. */
function onClosed() {
  removeEventListener("online", retryWhenOnline);
  const action = page.regions.part("action");
  if (!action.hidden) {
    action.focus();
    return;
  }
  page.regions.part("heading").focus();
  if (attempt?.saved) {
    const { registered } = page.config.text.progress;
    page.regions.announce(page.card.fill(registered, { name: attempt.saved.browser.name }));
  }
}
