/** The words of the page's data: what context.py and the API give, and what becomes of it. */

export type State =
  | "checking"
  | "unsupported"
  | "install"
  | "storage-blocked"
  | "can-ask"
  | "asking"
  | "dismissed"
  | "blocked"
  | "allowed"
  | "registering"
  | "active"
  | "paused"
  | "lost"
  | "foreign"
  | "account-off";
export type Action = "enable" | "take" | "renew" | "check" | "secure" | "own-tab" | "copy";
export type Step = "permission" | "connect" | "save" | "confirm";
export type StepState = "waiting" | "doing" | "done" | "failed";

export interface Words {
  heading: string;
  body: string;
  action?: string;
  tag?: string;
  /** Said once the portal has kept that this failure was met. */
  recorded?: string;
}

export interface Text {
  states: Record<string, Words>;
  failures: Record<string, Words>;
  steps: Record<StepState, string>;
  progress: Record<string, string>;
  page: Record<string, string>;
}

export interface Account {
  key: string;
  label: string;
  enabled: boolean;
  forbidden: boolean;
}

export interface Browser {
  id: string;
  name: string;
  system: string;
  current: boolean;
  language: string;
  status: "active" | "paused" | "signed-out" | "removed" | "revoked";
  stopped: string;
  removed_reason: string;
}

export interface FirebaseConfig {
  apiKey: string;
  appId: string;
  projectId: string;
  messagingSenderId: string;
}

export interface FirebaseKeys {
  firebase: FirebaseConfig;
  vapidKey: string;
}

/** What renewing a registration needs, on whichever page. */
export interface Connection {
  api: string;
  worker: string;
  workerScope: string;
  sdk: string;
  modules: Record<"card" | "connect" | "enable" | "regions" | "renew", string>;
  firebase: FirebaseConfig | null;
  vapidKey: string | null;
  kind: "fid" | "token";
  emulator: string | null;
  emulatorModule: string | null;
  csrf: string;
}

/** What came of it: "kept" means that there was nothing to renew. */
export type Renewal = "renewed" | "kept" | "lost" | "refused";

export interface Config extends Connection {
  language: string;
  account: Account;
  browser: Browser | null;
  foreign: boolean;
  /** An older registry held browsers of this login; this may be one of them. */
  imported: boolean;
  tooOld: boolean;
  suggestedName: string;
  neutral: Record<string, string>;
  text: Text;
}

export interface Facts {
  account: Account;
  browser: Browser | null;
  support: string;
  storage: boolean;
  permission: NotificationPermission;
  subscribed: boolean | null;
  phase: "checking" | "idle" | "asking" | "registering";
  dismissed: boolean;
  foreign: boolean;
}

export interface Card {
  state: State;
  heading: string;
  body: string;
  tag: string;
  /** Which steps help, by the name of their list. */
  steps: string;
  action: { does: Action; label: string; primary: boolean } | null;
}

/** The answer to a registration. */
export interface Saved {
  browser: Browser;
  capability: string;
  confirmation: string;
}

/** How far the confirmation has come. */
export interface Progress {
  /** "gone": the portal no longer knows the browser or the notification. */
  state: "waiting" | "sent" | "shown" | "failed" | "expired" | "gone";
  seconds: number | null;
  reason: string;
  stalled: boolean;
}

/** What settings.js lends to the other modules. */
export interface Page {
  readonly config: Config;
  readonly facts: Facts;
  readonly card: typeof import("./page/card.js");
  readonly browser: typeof import("./page/connect.js");
  readonly regions: typeof import("./page/regions.js");
  proof: string;
  call(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<any>;
  refresh(only?: string[]): Promise<void>;
  update(): Promise<void>;
  setPhase(phase: Facts["phase"]): void;
}
