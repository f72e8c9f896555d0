/**
 * Finishes each card of the page of states as settings.js does it: by card.js.
 */

const script = /** @type {HTMLElement} */ (document.getElementById("states-script"));
const { thisBrowser } = await import(script.dataset.card ?? "");
const { text, facts } = JSON.parse(
  document.getElementById("states")?.textContent ?? "{}",
);

for (const item of document.querySelectorAll("[data-state-key]")) {
  const box = /** @type {HTMLElement} */ (
    item.querySelector("[data-wagtail-push-card]")
  );
  const card = thisBrowser(facts[item.dataset.stateKey], text);
  const find = (/** @type {string} */ name) =>
    box.querySelector(`[data-wagtail-push-${name}]`);
  box.dataset.state = card.state;
  find("heading").textContent = card.heading;
  find("body").textContent = card.body;
  find("tag").textContent = card.tag;
  find("tag").hidden = !card.tag;
  const button = find("action");
  button.hidden = !card.action;
  button.textContent = card.action?.label ?? "";
  button.classList.toggle("wagtail-push-button--primary", Boolean(card.action?.primary));
  for (const steps of box.querySelectorAll("[data-wagtail-push-coach]")) {
    steps.hidden = steps.dataset.wagtailPushCoach !== card.state;
  }
  const form = find("sending");
  if (form) form.hidden = card.state !== "active" && card.state !== "paused";
}
document.documentElement.dataset.states = "ready";
