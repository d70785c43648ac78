/**
 * What a child inherits from us besides descriptors: signal mask, dispositions,
 * supplementary groups; and our role as a reaper of orphans. Each function says
 * whether it could do its work; none throws.
 */
import { HEARD, SIGNAL_NUMBERS } from "../core/signals.ts";
import { libc } from "./libc.ts";

const SIG_SETMASK = 2;
const SIG_IGN = 1n;
/** Real-time signals that programs may use; glibc keeps 32 and 33. */
const FIRST_REALTIME = 34;
const LAST_REALTIME = 64;
/** sizeof(struct sigaction) and sizeof(sigset_t) of glibc, both architectures. */
const SIGACTION_BYTES = 152;
const SIGSET_BYTES = 128;

/**
 * Undoes what our parent blocked or ignored (nohup, a supervisor, a shell's
 * background job), so that the child's mask and dispositions are those of a
 * fresh process. Signals that we listen to need nothing: exec resets them.
 * False when libc cannot be loaded.
 */
export function resetInheritedSignals(): boolean {
  const calls = libc.signals();
  if (calls === undefined) return false;
  calls.pthread_sigmask(SIG_SETMASK, new Uint8Array(SIGSET_BYTES), null);
  const heard = new Set(HEARD.map((name) => SIGNAL_NUMBERS[name]));
  const old = new BigUint64Array(SIGACTION_BYTES / 8);
  const byDefault = new Uint8Array(SIGACTION_BYTES);
  for (let number = 1; number <= LAST_REALTIME; number++) {
    const known = heard.has(number as never);
    if (known || (number > 31 && number < FIRST_REALTIME)) continue;
    if (calls.sigaction(number, null, old) !== 0) continue;
    if (old[0] === SIG_IGN) calls.sigaction(number, byDefault, null);
  }
  return true;
}

const LINUX_CAPABILITY_VERSION_3 = 0x2008_0522;
const CAP_SETGID_BIT = 1 << 6;
const CAPABILITY_HEADER = new Uint32Array([LINUX_CAPABILITY_VERSION_3, 0]);
/** Effective, permitted and inheritable, low half first (capset(2)). */
const capabilities = new Uint32Array(6);

/**
 * Runs `spawn` so that the child keeps our supplementary groups (a Kubernetes
 * fsGroup). As root, Deno's detached spawn drops them with setgroups(0); taking
 * CAP_SETGID out of this thread's effective set for the moment of the fork makes
 * that call fail, and exec gives root its capabilities back (capabilities(7)).
 */
export function keepingGroups<T>(spawn: () => T): T {
  const calls = Deno.uid() === 0 ? libc.capabilities() : undefined;
  if (calls === undefined) return spawn();
  if (calls.capget(CAPABILITY_HEADER, capabilities) !== 0) return spawn();
  const effective = capabilities[0];
  capabilities[0] = effective & ~CAP_SETGID_BIT;
  calls.capset(CAPABILITY_HEADER, capabilities);
  try {
    return spawn();
  } finally {
    capabilities[0] = effective;
    calls.capset(CAPABILITY_HEADER, capabilities);
  }
}

const PR_SET_CHILD_SUBREAPER = 36;

/** Makes orphaned descendants ours to reap (prctl(2)); false when that is refused or there is no libc. */
export function becomeSubreaper(): boolean {
  const calls = libc.subreaper();
  return calls !== undefined &&
    calls.prctl(PR_SET_CHILD_SUBREAPER, 1n, 0n, 0n, 0n) === 0;
}
