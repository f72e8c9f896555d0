/** Which words a customer reads for what the browser and the SDK throw. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Failure,
  failureOf,
} from "../../wagtail_push/frontend/page/connect.js";

const here = { online: true, permission: "granted", brave: false, fcm: 0 };
const sdk = (code, customData) => Object.assign(new Error("raw"), { code, customData });
const named = (name) => Object.assign(new Error("raw"), { name });

const CASES = [
  [
    "blocked",
    "PERMISSION",
    sdk("messaging/permission-blocked"),
    { permission: "denied" },
  ],
  // The SDK says "blocked" also when the question was only closed.
  [
    "dismissed",
    "PERMISSION",
    sdk("messaging/permission-blocked"),
    { permission: "default" },
  ],
  ["offline", "OFFLINE", sdk("messaging/fid-registration-failed"), { online: false }],
  ["storage", "IDB", sdk("messaging/indexed-db-unsupported"), {}],
  ["unsupported", "", sdk("messaging/unsupported-browser"), {}],
  ["push-service", "PUSH", named("AbortError"), {}],
  ["brave", "PUSH", named("AbortError"), { brave: true }],
  [
    "unavailable",
    "FCM-fid-registration-failed",
    sdk("messaging/fid-registration-failed"),
    {},
  ],
  [
    "unavailable",
    "FCM-403",
    sdk("installations/request-failed", { serverCode: 403 }),
    {},
  ],
  [
    "unavailable",
    "FCM-401",
    sdk("messaging/token-subscribe-failed"),
    { fcm: 401 },
  ],
  ["unavailable", "FCM-SDK", new TypeError("x is not a function"), { fcm: 200 }],
  ["unavailable", "FCM-SDK", undefined, {}],
];

for (const [reason, code, thrown, change] of CASES) {
  test(`${reason} ${code}`, () => {
    const failure = failureOf(thrown, { ...here, ...change });
    assert.deepEqual([failure.reason, failure.code], [reason, code]);
    assert.ok(!failure.detail.includes("raw"));
  });
}

for (const reason of ["worker", "emulator", "unavailable"]) {
  test(`${reason} is nobody's fault without a connection`, () => {
    const failure = new Failure(reason, "SW-NETWORK");
    assert.equal(failureOf(failure, here), failure);
    assert.equal(failureOf(failure, { ...here, online: false }).reason, "offline");
  });
}

test("a failure of ours stays what it is", () => {
  const failure = new Failure("save", "HTTP-500");
  assert.equal(failureOf(failure, { ...here, online: false }), failure);
});
