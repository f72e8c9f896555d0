/** What the page says of the address that it copies. */

import assert from "node:assert/strict";
import { test } from "node:test";

const said = [];
const root = { addEventListener: (_, listener) => (root.click = listener) };
const dialog = { open: true };

/** A module of these exports, as settings.js imports it. */
function moduleOf(name, exports) {
  (globalThis.modules ??= {})[name] = exports;
  const lines = Object.keys(exports).map(
    (key) => `export const ${key} = globalThis.modules.${name}.${key};`,
  );
  return `data:text/javascript,${encodeURIComponent(lines.join("\n"))}`;
}

globalThis.window = globalThis;
globalThis.location = { href: "https://portal.example/push/" };
const config = {
  account: {},
  browser: null,
  modules: {
    card: moduleOf("card", {
      lacks: () => "missing",
      thisBrowser: () => ({ state: "unsupported" }),
      show() {},
    }),
    connect: moduleOf("connect", {}),
    enable: moduleOf("enable", { prepare() {} }),
    regions: moduleOf("regions", {
      part: (name) => ({ root, dialog })[name] ?? {},
      announce: (sentence) => said.push(sentence),
    }),
  },
  text: {
    page: { copied: "The address is copied." },
    states: { "unsupported-missing": { action: "Copy the address" } },
  },
};
globalThis.document = {
  getElementById: () => ({ textContent: JSON.stringify(config) }),
  querySelector: () => null,
  addEventListener() {},
};

/** Press the button that copies, in a browser with this clipboard. */
async function copy(clipboard) {
  const value = { clipboard };
  Object.defineProperty(globalThis, "navigator", { value, configurable: true });
  said.length = 0;
  const button = { dataset: { does: "copy" } };
  root.click({ target: { closest: () => button } });
  await new Promise((resolve) => setTimeout(resolve));
  return said;
}

test("the address is called copied only where it was", async () => {
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  await import("../../wagtail_push/frontend/page/settings.js");
  while (!root.click) await new Promise((resolve) => setTimeout(resolve));
  const offered = [];
  globalThis.prompt = (words, address) => void offered.push([words, address]);

  assert.deepEqual(await copy(undefined), []);
  const refused = async () => {
    throw new Error("refused");
  };
  assert.deepEqual(await copy({ writeText: refused }), []);
  const byHand = ["Copy the address", location.href];
  assert.deepEqual(offered, [byHand, byHand]);
  const copied = [];
  const writeText = async (address) => void copied.push(address);
  assert.deepEqual(await copy({ writeText }), ["The address is copied."]);
  assert.deepEqual(copied, [location.href]);
  assert.equal(offered.length, 2);
});
