/** What a region keeps when it is replaced while somebody uses it, and what is said. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

/** As much of an element as regions.js uses. */
class Element {
  constructor(tag, attributes = {}, children = []) {
    Object.assign(this, { tag, attributes, children, dataset: {}, listeners: {} });
    const { id = "", name = "", value = "", checked = false, text = "" } = attributes;
    Object.assign(this, { id, name, value, checked, textContent: text });
    this.defaultValue = value;
    for (const child of children) child.parentElement = this;
    for (const [key, content] of Object.entries(attributes)) {
      if (!key.startsWith("data-")) continue;
      const words = key.slice(5).replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
      this.dataset[words] = content;
    }
  }

  get localName() {
    return this.tag;
  }

  isEqualNode(other) {
    return JSON.stringify(this.attributes) === JSON.stringify(other.attributes);
  }

  get all() {
    return this.children.flatMap((child) => [child, ...child.all]);
  }

  matches(selector) {
    if (selector === ":read-write") return ["text", "search"].includes(this.attributes.type);
    const [, tag, name, value] = /^(\w*)(?:\[([\w-]+)(?:=(\w+))?\])?$/.exec(selector);
    if (tag && tag !== this.tag) return false;
    if (!name) return true;
    return name in this.attributes && (!value || this.attributes[name] === value);
  }

  querySelectorAll(selector) {
    return this.all.filter((element) => element.matches(selector));
  }

  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  getElementById(id) {
    return this.all.find((element) => element.id === id) ?? null;
  }

  closest(selector) {
    return this.matches(selector) ? this : (this.parentElement?.closest(selector) ?? null);
  }

  contains(element) {
    return element === this || this.all.includes(element);
  }

  replaceWith(next) {
    const { children } = this.parentElement;
    children[children.indexOf(this)] = next;
    next.parentElement = this.parentElement;
    if (this.contains(document.activeElement)) document.activeElement = document.body;
  }

  addEventListener(name, listener) {
    this.listeners[name] = listener;
  }

  focus() {
    const left = document.activeElement;
    document.activeElement = this;
    if (left === document.body) return;
    find("[data-wagtail-push-root]").listeners.focusout({ target: left });
  }
}

/** The page as the server renders it, with a test under way or settled. */
function render({ waiting = true, said = "Test: waiting…", search = "", chosen = "" } = {}) {
  const radio = (value) => ({ type: "radio", name: "replaces", value });
  const asked = {
    "text": `\n  ${said}\n  now`,
    "data-wagtail-push-asked": "test",
    ...(waiting ? { "data-wagtail-push-waiting": "" } : {}),
  };
  const row = { "data-wagtail-push-browser": "u1" };
  const root = { "data-wagtail-push-root": "", "data-language": "en" };
  const body = new Element("body", {}, [
    new Element("div", root, [
      new Element("p", { "data-wagtail-push-status": "" }),
      new Element("p", { "data-wagtail-push-page-alert": "" }),
      new Element("button", {
        "data-wagtail-push-copy-code": "",
        "data-copied": "Copied",
        "text": "Copy",
      }),
      new Element("output", { "data-wagtail-push-support": "", "text": "AB-12" }),
      new Element("section", { "data-wagtail-push-region": "browsers" }, [
        new Element("h2", { tabindex: "-1" }),
        new Element("input", { id: "search", type: "search", name: "q", value: search }),
        new Element("input", { ...radio("u1"), checked: chosen === "u1" }),
        new Element("input", { ...radio(""), checked: chosen === "" }),
        new Element("li", row, [
          new Element("input", { name: "browsers", value: "u1" }),
          new Element("h3", { text: "Work PC" }),
          new Element("p", asked),
          new Element("a", { href: "details" }),
          new Element("button", { id: "test" }),
          new Element("a", { href: "remove" }),
        ]),
      ]),
    ]),
  ]);
  // As in a browser, of the radios with a name one at most is checked.
  const radios = body.querySelectorAll("input[type=radio]");
  for (const one of radios) {
    let checked = one.checked;
    Object.defineProperty(one, "checked", {
      get: () => checked,
      set(value) {
        if (value) for (const other of radios) other.checked = false;
        checked = value;
      },
    });
  }
  const html = new Element("html", {}, [body]);
  return Object.assign(html, { body, adoptNode: (node) => node, dispatchEvent() {} });
}

const find = (selector) => document.querySelector(selector);
const search = () => document.getElementById("search");
const status = () => find("[data-wagtail-push-status]").textContent;

/** What the server renders from now on. */
let next = {};
let fetched = 0;
let number = 0;

/** Let time pass, and everything happen that comes of it. */
async function pass(milliseconds) {
  for (let gone = 0; gone < milliseconds; gone += 100) {
    mock.timers.tick(100);
    for (let turn = 0; turn < 20; turn += 1) await null;
  }
}

/** Open the page; the module begins anew on each. */
async function open(state) {
  next = state;
  globalThis.document = render(state);
  document.activeElement = document.body;
  number += 1;
  await import(`../../wagtail_push/frontend/page/regions.js?${number}`);
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  fetched = 0;
  globalThis.location = { href: "https://portal.example/push/" };
  globalThis.CustomEvent = class {};
  globalThis.requestAnimationFrame = (work) => work();
  globalThis.DOMParser = class {
    parseFromString() {
      return render(next);
    }
  };
  globalThis.fetch = async () => {
    fetched += 1;
    return { status: 200, ok: true, text: async () => "" };
  };
  const navigator = { clipboard: { writeText: async () => undefined } };
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
});

afterEach(() => mock.timers.reset());

test("a field that is written in is left alone until it is left", async () => {
  await open({});
  const field = search();
  field.focus();
  field.value = "pho";
  next = { waiting: false, said: "Test: shown." };
  await pass(3000);
  assert.equal(search(), field);

  find("h2").focus();
  await pass(1500);
  assert.notEqual(search(), field);
  assert.equal(search().value, "pho");
  assert.match(find("[data-wagtail-push-asked]").textContent, /shown/);
});

test("nothing is asked of the server for a region that is written in", async () => {
  await open({});
  search().focus();
  await pass(1500);
  const before = fetched;
  await pass(60_000);
  assert.equal(fetched, before);
});

test("a field that was emptied takes what the server has", async () => {
  await open({});
  search().value = "pho";
  await pass(1500);
  assert.equal(search().value, "pho");
  search().value = "";
  next = { search: "phone" };
  await pass(1500);
  assert.equal(search().value, "phone");
});

test("answers stay chosen, and the server's stands where one is offered no more", async () => {
  const values = () =>
    document
      .querySelectorAll("input[type=radio]")
      .filter((radio) => radio.checked)
      .map((radio) => radio.value);
  await open({});
  find("input[type=radio]").checked = true;
  await pass(1500);
  assert.deepEqual(values(), ["u1"]);

  const [radio] = document.querySelectorAll("input[type=radio]");
  radio.value = "no longer there";
  await pass(1500);
  assert.deepEqual(values(), [""]);
});

for (const selector of ["input[name=browsers]", "a[href=remove]", "button[id=test]"]) {
  test(`the focus stays on ${selector}`, async () => {
    await open({});
    const before = find(selector);
    before.focus();
    await pass(1500);
    assert.notEqual(find(selector), before);
    assert.equal(document.activeElement, find(selector));
  });
}

test("what became of a test is said once, and of which browser", async () => {
  await open({});
  await pass(1500);
  assert.equal(status(), "");
  next = { waiting: false, said: "Test: shown 0.4 s after it was sent." };
  await pass(1500);
  assert.equal(status(), "Work PC: Test: shown 0.4 s after it was sent. now");

  find("[data-wagtail-push-status]").textContent = "";
  await pass(5000);
  assert.equal(status(), "");
});

test("a code that the clipboard refuses is not called copied", async () => {
  await open({ waiting: false });
  const button = find("[data-wagtail-push-copy-code]");
  navigator.clipboard.writeText = async () => {
    throw new Error("refused");
  };
  await button.listeners.click();
  assert.equal(button.textContent, "Copy");
  navigator.clipboard.writeText = async () => undefined;
  await button.listeners.click();
  assert.equal(button.textContent, "Copied");
});
