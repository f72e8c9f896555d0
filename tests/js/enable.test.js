/** What the dialog does when the connection comes back, and while it waits for an answer. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import * as connect from "../../wagtail_push/frontend/page/connect.js";
import * as enable from "../../wagtail_push/frontend/page/enable.js";

const { Failure } = connect;

/** Words that say which they are. */
const words = (prefix) => new Proxy({}, { get: (_, key) => `${prefix}.${String(key)}` });

let parts;
let views;
let online;
let portal;
let page;

function part(name) {
  parts[name] ??= {
    hidden: false,
    textContent: "",
    value: "",
    dataset: {},
    listeners: {},
    classList: { add() {}, remove() {} },
    setAttribute() {},
    focus() {},
    select() {},
    replaceChildren() {},
    addEventListener(type, listener) {
      this.listeners[type] = listener;
    },
    showModal() {
      this.open = true;
    },
    close() {
      this.open = false;
      this.listeners.close();
    },
  };
  return parts[name];
}

/** Let time pass, and everything happen that comes of it. */
async function pass(milliseconds = 1) {
  for (let gone = 0; gone < milliseconds; gone += 1000) {
    mock.timers.tick(1000);
    for (let turn = 0; turn < 50; turn += 1) await null;
  }
}

/** Open the dialog, name the browser and press Continue. */
async function register(name) {
  enable.openDialog(false);
  part("name").value = name;
  part("form").listeners.submit({ preventDefault() {} });
  await pass();
}

const shownView = () => views.find((view) => !view.hidden).dataset.wagtailPushView;
const comeOnline = () => [...online].forEach((listener) => listener());

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  parts = {};
  online = new Set();
  views = ["form", "progress"].map((view) => ({ dataset: { wagtailPushView: view } }));
  portal = {
    saved: [],
    offline: false,
    asked: 0,
    refreshed: 0,
    answers: [],
    /** Answer how far a notification is; the last answer stays. */
    async call(method, path, body) {
      if (path === "tests/") return { id: "test" };
      if (path === "browsers/") {
        if (this.offline) throw new Failure("save", "OFFLINE");
        this.saved.push(body.name);
        const browser = { id: "u1", name: body.name, status: "active" };
        return { browser, capability: "c", confirmation: "n" };
      }
      this.asked += 1;
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      if (answer instanceof Failure) throw answer;
      return answer;
    },
  };
  globalThis.addEventListener = (_, listener) => online.add(listener);
  globalThis.removeEventListener = (_, listener) => online.delete(listener);
  globalThis.sessionStorage = { getItem: () => null, setItem() {}, removeItem() {} };
  globalThis.Notification = { permission: "granted" };
  Object.defineProperty(globalThis, "navigator", {
    value: { onLine: true },
    configurable: true,
  });
  const failures = new Proxy(
    {},
    { get: (_, key) => ({ heading: String(key), body: "", action: "" }) },
  );
  const text = { page: words("page"), steps: words("steps"), progress: words("progress") };
  page = {
    config: { browser: null, language: "en", suggestedName: "", text: { ...text, failures } },
    facts: {},
    card: { fill: (sentence) => sentence },
    regions: { part, all: (name) => (name === "view" ? views : []), announce() {} },
    browser: {
      ...connect,
      connect: async () => ({ target: "t" }),
      remember: async () => undefined,
      flushReceipts: async () => undefined,
      fcmStatus: () => 0,
    },
    setPhase() {},
    update: async () => undefined,
    refresh: async () => (portal.refreshed += 1),
    call: (...request) => portal.call(...request),
  };
  enable.prepare(page);
});

afterEach(async () => {
  // What an attempt still waits for must not reach the next test.
  portal.answers = [{ state: "shown", seconds: 1 }];
  await pass(70_000);
  mock.timers.reset();
});

test("back online, an attempt goes on by itself where its failure is shown", async () => {
  portal.offline = true;
  await register("Office laptop");
  assert.equal(part("alert-heading").textContent, "save");
  portal.offline = false;
  portal.answers = [{ state: "shown", seconds: 1 }];
  comeOnline();
  await pass();
  assert.deepEqual(portal.saved, ["Office laptop"]);
});

test("pressed while the page still looks around, it tries again", async () => {
  let looked;
  page.update = () => new Promise((resolve) => (looked = resolve));
  portal.offline = true;
  await register("Office laptop");
  assert.equal(part("alert-heading").textContent, "save");
  portal.offline = false;
  portal.answers = [{ state: "shown", seconds: 1 }];
  part("retry").listeners.click();
  await pass();
  assert.deepEqual(portal.saved, ["Office laptop"]);
  looked();
});

test("back online, nothing is registered while the form is filled in again", async () => {
  portal.offline = true;
  await register("Office laptop");
  const [retry] = online;
  part("dialog").close();
  assert.equal(online.size, 0);

  enable.openDialog(false);
  portal.offline = false;
  comeOnline();
  // Not even by a listener that is late.
  retry();
  await pass();
  assert.equal(shownView(), "form");
  assert.deepEqual(portal.saved, []);
});

test("an attempt that begins no longer waits for the connection", async () => {
  portal.offline = true;
  await register("Office laptop");
  portal.offline = false;
  portal.answers = [{ state: "sent" }];
  part("retry").listeners.click();
  assert.equal(online.size, 0);
});

for (const code of ["HTTP-429", "HTTP-409"]) {
  test(`${code} while waiting is no answer yet`, async () => {
    portal.answers = [new Failure("refused", code, "Too often."), { state: "shown", seconds: 1 }];
    await register("Office laptop");
    assert.equal(part("alert").hidden, true);
    await pass(2000);
    assert.equal(part("dialog-status").textContent, "progress.shown");
  });
}

test("where the browser vanished, the dialog makes room for the card", async () => {
  portal.answers = [new Failure("refused", "HTTP-404", "It does not exist.")];
  await register("Office laptop");
  assert.equal(part("alert").hidden, true);
  assert.equal(part("dialog").open, false);
  assert.equal(portal.refreshed, 2);
  assert.equal(portal.asked, 1);

  // It is registered anew, not taken for saved.
  portal.answers = [{ state: "shown", seconds: 1 }];
  await register("Office laptop");
  assert.equal(portal.saved.length, 2);
});

test("where only the confirmation vanished, it counts as not reported", async () => {
  page.config.browser = { id: "u1", name: "Office laptop", status: "active" };
  portal.answers = [new Failure("refused", "HTTP-404", "It does not exist.")];
  await register("Office laptop");
  assert.equal(part("dialog").open, true);
  assert.equal(part("dialog-status").textContent, "progress.unconfirmed");
});

for (const state of ["failed", "expired"]) {
  test(`another one that is ${state} is not waited for`, async () => {
    portal.answers = [{ state: "sent" }];
    await register("Office laptop");
    part("not-seen").listeners.click();
    await pass(2000);
    portal.answers = [{ state, reason: "" }];
    portal.asked = 0;
    part("another").listeners.click();
    await pass(10_000);
    assert.equal(portal.asked, 1);
    assert.equal(part("alert").hidden, false);
    assert.equal(part("alert-heading").textContent, "not-sent");
  });
}
