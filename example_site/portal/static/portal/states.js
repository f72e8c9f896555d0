/**
 * Finishes what the server renders on the page of states, as the customer's page does.
 *
 * The modules are the real ones; each is lent one specimen instead of a page.
 */

const data = JSON.parse(document.getElementById("states")?.textContent ?? "{}");

const [card, browser, enable, regions] = await Promise.all(
  ["card", "connect", "enable", "regions"].map((name) => import(data.modules[name])),
);

/** @param {string} name @param {Element} box */
function parts(name, box) {
  // The steps against a block stand on the card, and the dialog copies them.
  return regions.all(name, name === "coach" ? document : box);
}

/** @param {Element} box */
function lend(box) {
  const nothing = async () => undefined;
  return {
    config: data,
    card,
    browser,
    facts: {},
    proof: "",
    call: nothing,
    refresh: nothing,
    update: nothing,
    setPhase: nothing,
    regions: {
      all: (/** @type {string} */ name, inside = box) => parts(name, inside),
      part: (/** @type {string} */ name, inside = box) => regions.part(name, inside),
      announce: () => undefined,
    },
  };
}

/** @param {Element} box @param {any} finish */
function finishCard(box, finish) {
  const said = card.thisBrowser(finish.facts, data.text);
  card.show(regions, regions.part("card", box), said, finish.proof);
}

/** @param {Element} box @param {any} finish */
async function finishDialog(box, finish) {
  enable.lend(lend(box));
  regions.part("dialog", box).setAttribute("open", "");
  if (finish.view === "form") {
    const { page } = data.text;
    regions.part("name", box).value = finish.error ? "" : finish.name;
    enable.showNameError(page[finish.error] ?? "");
    regions.part("asks", box).textContent = page[finish.asks ?? "willAsk"];
    return;
  }
  enable.beginProgress();
  for (const step of finish.done ?? []) enable.mark(step, "done");
  if (finish.shown) {
    for (const step of ["permission", "connect", "save"]) enable.mark(step, "done");
    await enable.shown({ browser: { name: finish.name } }, finish.shown);
    return;
  }
  if (finish.failure) {
    const { reason, code, detail } = finish.failure;
    enable.fail(finish.step, new browser.Failure(reason, code, detail));
    return;
  }
  if (finish.step) enable.mark(finish.step, "doing");
  enable.say(data.text.progress[finish.say] ?? "");
  if (finish.reveal) regions.part(finish.reveal, box).hidden = false;
}

for (const [name, finish] of Object.entries(data.finish)) {
  const box = /** @type {Element} */ (
    document.querySelector(`[data-specimen="${name}"]`)
  );
  if (finish.facts) finishCard(box, finish);
  else await finishDialog(box, finish);
}

for (const button of regions.all("copy-code")) button.hidden = false;

const format = new Intl.RelativeTimeFormat(data.language, { numeric: "auto" });
for (const time of document.querySelectorAll("time[data-wagtail-push-ago]")) {
  const moment = Date.parse(/** @type {HTMLTimeElement} */ (time).dateTime);
  time.textContent = regions.ago(moment - Date.now(), format);
}

// Nothing that is pressed here exists.
for (const event of ["submit", "click"]) {
  document.addEventListener(event, (pressed) => {
    const target = /** @type {Element} */ (pressed.target);
    const inside = target.closest("[data-specimen]");
    if (inside && (event === "submit" || target.closest("a, button"))) {
      pressed.preventDefault();
    }
  });
}

const focused = /** @type {HTMLElement | null} */ (document.activeElement);
focused?.blur();
scrollTo(0, 0);
document.documentElement.dataset.states = "ready";

// Tells the type checker that this is a module.
export {};
