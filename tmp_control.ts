import { openControl } from "./src/control/open_control.ts";
import { initialModel } from "./src/core/vocabulary/model.ts";
import { QUICK, Stepping, holding } from "./tests/simulation/stepping.ts";
import { step } from "./src/core/step.ts";
let n = 0;
const story = Stepping.ready(QUICK, 1);
const e = await openControl({
  addresses: [{ kind: "unix", path: Deno.args[0], mode: 0o600, group: undefined }, { kind: "tcp", host: "127.0.0.1", port: Number(Deno.args[1]) }],
  certificate: undefined, tokenFile: undefined, hosts: [],
  settings: { ...QUICK, pollIntervalMs: 5000, verifyIntervalMs: 0 }, watched: ["/c"],
  facts: { version: "1", command: ["program"], logLevel: () => "info", log: { lost: () => 0, fault: () => undefined }, reaper: { reaped: () => 0, fault: () => undefined }, watcher: () => undefined, snapshotFault: () => undefined, dependencies: () => [] },
  model: () => story.model, dispatch: () => {}, setLogLevel: () => {}, log: () => {},
});
setInterval(() => { e.onLine({ level: "info", text: `line ${n++}`, fields: {} }); const event = { kind: "observed", at: n, startedAt: n, observation: { at: n, fingerprint: holding(1), depth: "content", cause: "event", unread: [] } } as const; const before = story.model; const { model: after, effects } = step(before, event, QUICK); story.model = after; e.onStep({ event, before, after, effects }); }, 1000);
const lags: number[] = []; let due = performance.now() + 5;
setInterval(() => { const now = performance.now(); lags.push(now - due); due = now + 5; if (lags.length > 2000) lags.shift(); }, 5);
Deno.addSignalListener("SIGUSR1", () => { const s = [...lags].sort((a, b) => a - b); Deno.writeTextFileSync(Deno.args[2], `lag p50 ${s[s.length >> 1].toFixed(2)} p99 ${s[Math.floor(s.length * .99)].toFixed(2)} max ${s.at(-1)!.toFixed(2)} n ${s.length}\n`, { append: true }); lags.length = 0; });
