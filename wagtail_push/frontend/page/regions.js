/**
 * The parts of a page that the server renders: forms that save without a reload, and
 * what is still to come, such as the answer to a test.
 *
 * Without this module the same forms work with a reload.
 */

/** How often to look at what is still to come, and for how long, in milliseconds. */
const SOON = 1000;
const LATER = 4000;
const HURRY = 20_000;
const PATIENCE = 120_000;

/** What an address says was done; it is said once. */
const SAID = ["done", "refused", "wait", "skipped"];

/**
 * @param {string} name
 * @param {ParentNode} [inside]
 * @returns {HTMLElement[]}
 */
export function all(name, inside = document) {
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
export function part(name, inside = document) {
  const [found] = all(name, inside);
  if (!found) throw new Error(`no element with data-wagtail-push-${name}`);
  return found;
}

/** @param {string} words */
export function announce(words) {
  const status = part("status");
  status.textContent = "";
  // A screen reader repeats an unchanged sentence only if it was gone in between, and
  // the style shows the next one only if a frame was drawn without the last one.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      status.textContent = words;
    }),
  );
}

/** Hide what is said where this script does not run. */
function hideNotStarted() {
  for (const words of all("not-started")) words.hidden = true;
}

/** The customer was signed out: what came back is another page. */
export class SignedOut extends Error {}

/**
 * Fetch a page of ours.
 *
 * @param {string} url
 * @param {RequestInit} [options]
 */
async function load(url, options) {
  const response = await fetch(url, {
    credentials: "same-origin",
    cache: "no-store",
    headers: { Accept: "text/html" },
    // Safari before 16 has no time limits.
    signal: AbortSignal.timeout?.(15_000) ?? null,
    ...options,
  });
  const html = new DOMParser().parseFromString(await response.text(), "text/html");
  return { status: response.status, html, ours: response.ok && all("root", html)[0] };
}

/**
 * Fetch the page again and take over what the server renders differently now.
 *
 * @param {string[]} [only] the regions, if not all of them
 */
export async function refresh(only) {
  const { html, ours } = await load(location.href);
  if (!ours) throw new SignedOut();
  takeOver(html, only);
  return html;
}

/**
 * Take over what the server renders differently; returns what was waited for and came.
 *
 * @param {Document} html
 * @param {string[]} [only]
 */
function takeOver(html, only) {
  const before = asked();
  for (const region of all("region")) {
    const name = region.dataset.wagtailPushRegion ?? "";
    if (only && !only.includes(name)) continue;
    const next = all("region", html).find(
      (other) => other.dataset.wagtailPushRegion === name,
    );
    if (next && isWrittenIn(region)) behind.add(region);
    else if (next) replace(region, document.adoptNode(next));
  }
  document.dispatchEvent(new CustomEvent("wagtail-push:refreshed", { detail: html }));
  hideNotStarted();
  tellTimes();
  watch();
  return [...asked()]
    .filter(([key, element]) => isWaiting(before.get(key)) && !isWaiting(element))
    .map(([, element]) => wordsOf(element));
}

/** Return the tests and checks that the page tells of, by which and whose they are. */
function asked() {
  return new Map(
    all("asked").map((element) => {
      const { wagtailPushBrowser } = rowOf(element)?.dataset ?? {};
      return [`${element.dataset.wagtailPushAsked} ${wagtailPushBrowser}`, element];
    }),
  );
}

/**
 * @param {HTMLElement} element
 * @returns {HTMLElement | null}
 */
function rowOf(element) {
  return element.closest("[data-wagtail-push-browser]");
}

/** @param {HTMLElement | undefined} element */
function isWaiting(element) {
  return element !== undefined && "wagtailPushWaiting" in element.dataset;
}

/**
 * Say what became of a test or check; in the list, of which browser.
 *
 * @param {HTMLElement} element
 */
function wordsOf(element) {
  const name = rowOf(element)?.querySelector("h3");
  const words = [name, element].map((one) => one?.textContent?.replace(/\s+/g, " ").trim());
  return words.filter(Boolean).join(": ");
}

/**
 * Regions that were not replaced because somebody was writing in them.
 *
 * @type {WeakSet<HTMLElement>}
 */
const behind = new WeakSet();

/** What text is written in; a box or a button is not. */
const WRITABLE = ":read-write";

/** @param {HTMLElement} region */
function isWrittenIn(region) {
  const { activeElement } = document;
  return region.contains(activeElement) && Boolean(activeElement?.matches(WRITABLE));
}

/**
 * Put a region in place of an older one; what was chosen or written and the focus stay.
 *
 * @param {HTMLElement} region
 * @param {HTMLElement} next
 */
function replace(region, next) {
  const before = region.contains(document.activeElement) ? document.activeElement : null;
  const selected = new Set(boxes(region).map((box) => box.checked && box.value));
  for (const box of boxes(next)) box.checked = selected.has(box.value);
  // An answer that is offered no more leaves the one that the server chose.
  const answers = radios(region).filter((radio) => radio.checked);
  for (const { name, value } of answers) {
    const same = radios(next).find((radio) => radio.name === name && radio.value === value);
    if (same) same.checked = true;
  }
  for (const { id, value, defaultValue } of fields(region)) {
    const same = fields(next).find((field) => field.id === id);
    if (same && value !== defaultValue) same.value = value;
  }
  region.replaceWith(next);
  if (!before) return;
  // In rows only what changes its words has an id: ids of all would weigh too much.
  const same = before.id
    ? document.getElementById(before.id)
    : fellow(/** @type {HTMLElement} */ (before), next);
  const heading = /** @type {HTMLElement | null} */ (next.querySelector("[tabindex]"));
  (same ?? heading)?.focus();
}

/**
 * Find the same link, box or button in another region.
 *
 * @param {HTMLElement} element
 * @param {HTMLElement} region
 */
function fellow(element, region) {
  const alike = /** @type {NodeListOf<HTMLElement>} */ (
    region.querySelectorAll(element.localName)
  );
  return [...alike].find((other) => other.isEqualNode(element));
}

/** @param {HTMLElement} region */
function boxes(region) {
  return /** @type {HTMLInputElement[]} */ ([
    ...region.querySelectorAll("input[name=browsers]"),
  ]);
}

/** @param {HTMLElement} region */
function radios(region) {
  return /** @type {HTMLInputElement[]} */ ([
    ...region.querySelectorAll("input[type=radio]"),
  ]);
}

/** @param {HTMLElement} region */
function fields(region) {
  return /** @type {HTMLInputElement[]} */ ([...region.querySelectorAll(WRITABLE)]);
}

/** Say how long ago beside every moment; the exact one stays in the title. */
function tellTimes() {
  const language = part("root").dataset.language || "en";
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const element of /** @type {HTMLTimeElement[]} */ (all("ago"))) {
    element.title ||= element.textContent ?? "";
    element.textContent = ago(Date.parse(element.dateTime) - Date.now(), format);
  }
}

/**
 * @param {number} milliseconds negative: in the past
 * @param {Intl.RelativeTimeFormat} format
 */
export function ago(milliseconds, format) {
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const units = [
    ["year", 31_536_000],
    ["month", 2_592_000],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const seconds = milliseconds / 1000;
  const unit = units.find(([, size]) => Math.abs(seconds) >= size);
  return unit
    ? format.format(Math.trunc(seconds / unit[1]), unit[0])
    : format.format(0, "second");
}

// ------------------------------------------------------------------ what is to come

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let watchedSince = 0;

/** Look again while a region says that something is still to come, or is behind. */
function watch() {
  clearTimeout(timer);
  // Where somebody writes nothing is replaced, so there is nothing to look for.
  const waiting = all("region").filter(
    (region) =>
      !isWrittenIn(region) && (behind.has(region) || all("waiting", region).length),
  );
  if (!waiting.length) {
    watchedSince = 0;
    return;
  }
  watchedSince ||= performance.now();
  const waited = performance.now() - watchedSince;
  if (waited > PATIENCE) return;
  const names = waiting.map((region) => region.dataset.wagtailPushRegion ?? "");
  timer = setTimeout(() => look(names), waited > HURRY ? LATER : SOON);
}

/**
 * @param {string[]} names the regions that wait for something
 */
function look(names) {
  oneByOne(async () => {
    const { html, ours } = await load(location.href);
    if (!ours) throw new SignedOut();
    // What came may have ended a registration, which other regions tell of, too.
    const came = takeOver(html, all("waiting", html).length ? names : undefined);
    if (came.length) announce(came.join(" "));
  }).catch((error) => {
    console.debug("wagtail-push:", error);
    watch();
  });
}

// -------------------------------------------------------------------------- forms

/** @type {Promise<void>} */
let busy = Promise.resolve();

/**
 * Do one thing after another, so that the last of several clicks wins.
 *
 * @param {() => Promise<void>} work
 */
function oneByOne(work) {
  const done = busy.then(work);
  busy = done.catch(() => undefined);
  return done;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} button
 */
function submit(form, button) {
  const action = button?.getAttribute("formaction") ?? form.action;
  const body = new FormData(form);
  const only = form.dataset.wagtailPushPost?.split(" ").filter(Boolean);
  form.setAttribute("aria-busy", "true");
  void oneByOne(async () => {
    part("page-alert").hidden = true;
    try {
      watchedSince = 0;
      const html = await post(action, body);
      const [banner] = all("banner", html);
      const refused = banner?.dataset.wagtailPushBanner === "refused";
      // A region that was replaced meanwhile shows what was before.
      const whole = refused || !only?.length || !form.isConnected;
      if (!refused) keep(form, body);
      const came = takeOver(html, whole ? undefined : only);
      const said = [...(banner ? [banner.textContent ?? ""] : []), ...came];
      if (said.length) announce(said.join(" "));
    } catch (error) {
      console.debug("wagtail-push: form", error);
      undo(form);
      const { notSaved, signedOut } = part("root").dataset;
      const words = error instanceof SignedOut ? signedOut : notSaved;
      part("page-alert").textContent = words ?? "";
      part("page-alert").hidden = false;
    }
    form.removeAttribute("aria-busy");
  });
}

/**
 * @param {string} action
 * @param {FormData} body
 * @returns {Promise<Document>}
 */
async function post(action, body) {
  const send = () => load(action, { method: "POST", body });
  let answer = await send();
  if (answer.status === 403) {
    // The form's token changes when the customer signs in again, in another tab say.
    const { html } = await load(location.href);
    const token = /** @type {HTMLInputElement | null} */ (
      html.querySelector("[name=csrfmiddlewaretoken]")
    );
    if (!token) throw new SignedOut();
    body.set("csrfmiddlewaretoken", token.value);
    answer = await send();
  }
  if (answer.ours) return answer.html;
  if (answer.status === 200) throw new SignedOut();
  throw new Error(`${action} answered ${answer.status}`);
}

/**
 * What was saved is not unsaved text any more.
 *
 * @param {HTMLFormElement} form
 * @param {FormData} body
 */
function keep(form, body) {
  for (const field of fields(form)) {
    field.defaultValue = String(body.get(field.name) ?? field.defaultValue);
  }
}

/** @param {HTMLFormElement} form */
function undo(form) {
  for (const input of /** @type {HTMLInputElement[]} */ (all("switch", form))) {
    input.checked = !input.checked;
  }
}

// ------------------------------------------------------------------------- support

/** For how long a button says that the code is copied, in milliseconds. */
const SAYS_COPIED = 4000;

/** Let the codes for support be copied, where the browser can. */
function offerCopying() {
  for (const button of all("copy-code")) {
    button.hidden = !navigator.clipboard;
    const label = button.textContent;
    button.addEventListener("click", async () => {
      const box = /** @type {HTMLElement} */ (button.parentElement);
      try {
        await navigator.clipboard.writeText(part("support", box).textContent ?? "");
      } catch (error) {
        console.debug("wagtail-push: clipboard", error);
        return;
      }
      button.textContent = button.dataset.copied ?? "";
      setTimeout(() => {
        button.textContent = label;
      }, SAYS_COPIED);
    });
  }
}

/** Make the forms of this page save without a reload, and its codes be copied. */
function start() {
  const root = part("root");
  const url = new URL(location.href);
  for (const name of SAID) url.searchParams.delete(name);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
  root.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!("wagtailPushPost" in form.dataset)) return;
    event.preventDefault();
    submit(form, /** @type {SubmitEvent} */ (event).submitter);
  });
  root.addEventListener("change", (event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if ("wagtailPushSwitch" in input.dataset && input.form) submit(input.form, null);
  });
  root.addEventListener("focusout", (event) => {
    if (!(/** @type {Element} */ (event.target).matches(WRITABLE))) return;
    watchedSince = 0;
    // The focus has moved only after the event.
    setTimeout(watch);
  });
  hideNotStarted();
  offerCopying();
  tellTimes();
  watch();
}

if (typeof document !== "undefined" && all("root").length) start();
