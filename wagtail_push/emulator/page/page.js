/**
 * Small comforts of the emulator's page; without them it works by its forms alone.
 */

const EVERY = 2000;
const PAGE = "/emulator/";

const live = /** @type {HTMLInputElement} */ (document.getElementById("live"));
const fault = /** @type {HTMLSelectElement} */ (document.getElementById("fault-name"));
const hint = /** @type {HTMLElement} */ (document.getElementById("fault-name-hint"));

/** Offer only what the chosen fault takes, and say what it does. */
function offer() {
  const { says, options } = fault.selectedOptions[0].dataset;
  hint.textContent = says ?? "";
  const taken = (options ?? "").split(" ");
  for (const field of document.querySelectorAll("#fault-form [data-option]")) {
    const there = taken.includes(/** @type {HTMLElement} */ (field).dataset.option ?? "");
    /** @type {HTMLElement} */ (field).hidden = !there;
    // What is hidden is not sent either.
    for (const control of field.querySelectorAll("input, select")) {
      /** @type {HTMLInputElement} */ (control).disabled = !there;
    }
  }
}

/**
 * Put a part of a newer page in place, unless somebody is busy there.
 *
 * @param {Element} part
 * @param {Document} newer
 */
function renew(part, newer) {
  const other = newer.getElementById(part.id);
  if (!other || part.contains(document.activeElement)) return;
  if (part.innerHTML === other.innerHTML) return;
  const chosen = part instanceof HTMLSelectElement ? part.value : "";
  part.replaceChildren(...other.childNodes);
  if (part instanceof HTMLSelectElement) part.value = chosen;
}

/** Ask for the page again and take over what is new. */
async function follow() {
  if (live.checked && !document.hidden) {
    try {
      // Where a form was wrong, the address is that of the form.
      const answer = await fetch(location.pathname === PAGE ? location.href : PAGE);
      const text = answer.ok ? await answer.text() : "";
      const newer = new DOMParser().parseFromString(text, "text/html");
      for (const part of document.querySelectorAll("[data-live]")) renew(part, newer);
    } catch {
      // The emulator is not running now; it may be in a moment.
    }
  }
  setTimeout(follow, EVERY);
}

fault.addEventListener("change", offer);
offer();
/** @type {HTMLElement} */ (live.parentElement).hidden = false;
setTimeout(follow, EVERY);
