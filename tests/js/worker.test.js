/** What the service worker shows and opens, without a browser around it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(
  new URL("../../wagtail_push/portal/worker.js", import.meta.url),
  "utf8",
);
const ORIGIN = "https://portal.example";

/** Start the worker with these notifications on the screen and these tabs. */
function start({ there = [], tabs = [] } = {}) {
  const listeners = {};
  const shown = [];
  const opened = [];
  const self = {
    location: new URL(`${ORIGIN}/push/sw/worker.js`),
    addEventListener: (name, listener) => (listeners[name] = listener),
    registration: {
      showNotification: async (title, options) => shown.push({ title, ...options }),
      getNotifications: async ({ tag }) => there.filter((one) => one.tag === tag),
    },
    clients: {
      matchAll: async () => tabs,
      openWindow: async (url) => opened.push(url),
    },
  };
  vm.runInNewContext(SOURCE, { self, URL, console: { debug() {} } });
  const dispatch = async (name, event) => {
    const waiting = [];
    listeners[name]({ ...event, waitUntil: (work) => waiting.push(work) });
    await Promise.all(waiting);
  };
  return {
    shown,
    opened,
    push: (data) => dispatch("push", { data: { json: () => ({ data }) } }),
    click: (data, action = "") =>
      dispatch("notificationclick", { action, notification: { data, close() {} } }),
  };
}

const MESSAGE = { v: "1", id: "new", title: "Disk", body: "90 %", tag: "disk" };

test("another message under the same tag alerts again, the same one does not", async () => {
  const cases = [
    [[], false],
    [[{ tag: "disk", data: { id: "new" } }], false],
    [[{ tag: "disk", data: { id: "old" } }], true],
    [[{ tag: "mail", data: { id: "old" } }], false],
  ];
  for (const [there, renotify] of cases) {
    const worker = start({ there });
    await worker.push(MESSAGE);
    assert.equal(worker.shown[0].renotify, renotify);
  }
});

test("a browser that can't list its notifications shows them all the same", async () => {
  const worker = start({ there: null });
  await worker.push(MESSAGE);
  assert.equal(worker.shown[0].title, "Disk");
});

test("the button is there only where there is something to turn off", async () => {
  const worker = start();
  await worker.push(MESSAGE);
  await worker.push({ ...MESSAGE, off: "/push/turn-off/disk/", off_label: "Vypnout" });
  assert.deepEqual(
    worker.shown.map((one) => JSON.stringify(one.actions)),
    [undefined, '[{"action":"off","title":"Vypnout"}]'],
  );
});

test("the button opens its page, a click that of the message", async () => {
  const worker = start();
  const data = { id: "new", url: "/disks/", off: "/push/turn-off/disk/" };
  await worker.click(data, "off");
  await worker.click(data);
  await worker.click(data, "unknown");
  assert.deepEqual(worker.opened, [
    `${ORIGIN}/push/turn-off/disk/`,
    `${ORIGIN}/disks/`,
    `${ORIGIN}/disks/`,
  ]);
});

test("neither leads to another origin", async () => {
  const worker = start();
  const data = { id: "new", url: "//elsewhere.example/", off: "https://elsewhere.example/" };
  await worker.click(data);
  await worker.click(data, "off");
  await worker.click({ id: "new" }, "off");
  assert.deepEqual(worker.opened, Array(3).fill(`${ORIGIN}/push/`));
});

test("the tab that shows the page already is brought to the front", async () => {
  const focused = [];
  const tab = (path) => ({ url: ORIGIN + path, focus: async () => focused.push(path) });
  const worker = start({ tabs: [tab("/overview/"), tab("/disks/"), tab("/disks/?page=2")] });
  await worker.click({ id: "new", url: "/disks/" });
  assert.deepEqual([focused, worker.opened], [["/disks/"], []]);
});

test("a picture is shown where there is one", async () => {
  const worker = start();
  await worker.push({ ...MESSAGE, image: "https://portal.example/office.jpg" });
  await worker.push(MESSAGE);

  assert.deepEqual(
    worker.shown.map(({ image }) => image),
    ["https://portal.example/office.jpg", undefined],
  );
});
