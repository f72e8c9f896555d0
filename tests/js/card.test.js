/** What the card "This browser" says: every state, and that there is only one. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  fill,
  lacks,
  thisBrowser,
} from "../../wagtail_push/frontend/page/card.js";

const WORDS = [
  "checking",
  "can-ask",
  "asking",
  "registering",
  "dismissed",
  "blocked",
  "blocked-registered",
  "allowed",
  "active",
  "paused",
  "lost",
  "lost-permission",
  "lost-revoked",
  "lost-since",
  "foreign",
  "too-old",
  "account-off",
  "account-forbidden",
  "install",
  "storage-blocked",
  "unsupported-private",
];
const text = {
  states: Object.fromEntries(
    WORDS.map((key) => [
      key,
      { heading: `${key} %(name)s`, body: "%(account)s", action: "Go" },
    ]),
  ),
};
const browser = { name: "Laptop", status: "active" };
const facts = {
  account: { label: "C-1", enabled: true, forbidden: false },
  browser: null,
  support: "",
  storage: true,
  permission: "default",
  subscribed: false,
  phase: "idle",
  dismissed: false,
  foreign: false,
};
const registered = { browser, permission: "granted", subscribed: true };

const CASES = [
  ["can-ask", {}, "enable"],
  ["checking", { phase: "checking" }, undefined],
  ["asking", { phase: "asking" }, undefined],
  ["registering", { phase: "registering", permission: "granted" }, undefined],
  ["dismissed", { dismissed: true }, "enable"],
  ["blocked", { permission: "denied" }, "check"],
  ["allowed", { permission: "granted" }, "enable"],
  ["active", registered, undefined],
  ["active", { ...registered, subscribed: null }, undefined],
  ["paused", { ...registered, browser: { ...browser, status: "paused" } }, undefined],
  ["lost", { ...registered, browser: { ...browser, status: "removed" } }, "renew"],
  ["lost", { ...registered, subscribed: false }, "renew"],
  ["lost", { ...registered, browser: { ...browser, status: "revoked" } }, "renew"],
  ["lost", { ...registered, permission: "default" }, "renew"],
  ["blocked", { ...registered, permission: "denied" }, "check"],
  ["storage-blocked", { storage: false }, "check"],
  ["foreign", { foreign: true }, "take"],
  ["foreign", { foreign: true, permission: "granted" }, "take"],
  ["active", { ...registered, foreign: true }, undefined],
  ["install", { support: "install" }, undefined],
  ["install", { support: "too-old" }, undefined],
  ["unsupported", { support: "private" }, undefined],
  [
    "account-off",
    { ...registered, account: { ...facts.account, enabled: false } },
    undefined,
  ],
  [
    "account-off",
    { support: "install", account: { ...facts.account, forbidden: true } },
    undefined,
  ],
];

for (const [state, change, does] of CASES) {
  test(`${state}: ${JSON.stringify(change)}`, () => {
    const card = thisBrowser({ ...facts, ...change }, text);
    assert.equal(card.state, state);
    assert.equal(card.action?.does, does);
    assert.equal(card.action?.primary ?? false, ["enable", "take", "renew"].includes(does));
    assert.equal(card.body, "C-1");
  });
}

test("a blocked browser that is registered is called by its name", () => {
  const card = thisBrowser({ ...facts, ...registered, permission: "denied" }, text);
  assert.equal(card.heading, "blocked-registered Laptop");
});

test("permission that the browser took away is named until it is back", () => {
  const gone = { ...browser, status: "removed", removed_reason: "lost", stopped: "3 May" };
  const at = (change) =>
    thisBrowser({ ...facts, ...registered, browser: gone, ...change }, text).heading;
  assert.equal(at({ permission: "default" }), "lost-permission Laptop");
  assert.equal(at({ permission: "granted" }), "lost-since Laptop");
  const ended = { ...gone, removed_reason: "unregistered" };
  assert.equal(at({ permission: "default", browser: ended }), "lost-since Laptop");
});

test("placeholders are filled once, and unknown ones stay", () => {
  assert.equal(fill("%(a)s %(b)s", { a: "%(b)s" }), "%(b)s %(b)s");
});

const desktop = {
  isSecureContext: true,
  PushManager: class {},
  Notification: class {},
  ServiceWorkerRegistration: class {
    showNotification() {}
  },
  indexedDB: {},
  HTMLDialogElement: class {},
  navigator: { serviceWorker: {} },
};
desktop.top = desktop.self = desktop;

test("what a browser lacks is found by its features", () => {
  const { PushManager, Notification, ...tab } = desktop;
  assert.equal(lacks(desktop), "");
  assert.equal(lacks({ ...desktop, isSecureContext: false }), "insecure");
  assert.equal(lacks({ ...desktop, top: {} }), "framed");
  assert.equal(lacks({ ...desktop, navigator: {} }), "private");
  assert.equal(lacks({ ...tab, Notification, navigator: {} }), "private");
  assert.equal(lacks(tab), "missing");
  const { HTMLDialogElement, ...old } = desktop;
  assert.equal(lacks({ ...old, top: desktop, self: desktop }), "missing");
  assert.equal(lacks({ ...tab, navigator: { standalone: false } }), "install");
  assert.equal(lacks({ ...tab, navigator: { standalone: true } }), "missing");
  assert.equal(lacks({ ...tab, navigator: { standalone: false } }, true), "too-old");
  assert.equal(lacks({ ...tab, navigator: { standalone: true } }, true), "too-old");
  // A Mac's Safari may be as old.
  assert.equal(lacks(tab, true), "missing");
});

test("steps help where they can be followed", () => {
  const steps = (change) => thisBrowser({ ...facts, ...change }, text).steps;
  assert.equal(steps({ permission: "denied" }), "blocked");
  assert.equal(steps({ support: "install" }), "install");
  assert.equal(steps({ support: "too-old" }), "");
});
