/**
 * The notify sockets of the children: opens one for each child where an option
 * listens to it, and passes on what the child tells of itself. Decides whose a
 * message is, and nothing else.
 */
import type { Notification } from "../../host/ready/notification.ts";
import {
  type NotifySocket,
  NotifySockets,
  type Sender,
  Unavailable,
} from "../../host/ready/notify_socket.ts";
import { within } from "../../host/base/time_limit.ts";
import { belongsTo, userOf } from "../../host/process/family.ts";
import { StartHindered } from "./reload_system.ts";

/** `close` waits no longer than this. */
const RELEASE_MS = 100;

export interface MessageOptions {
  /** The option that needs the sockets; undefined if none does. */
  readonly neededBy: "--ready" | "--live" | undefined;
  readonly onMessage: (run: number, message: Notification) => void;
  /** Gets a message of a process `pid` that is not the child's. */
  readonly onStranger: (
    run: number,
    message: Notification,
    pid: number,
  ) => void;
}

interface Child {
  pid: number | undefined;
  readonly socket: NotifySocket;
}

/** The sockets of all children that may be running. */
export class ChildMessages {
  readonly #options: MessageOptions;
  readonly #children = new Map<number, Child>();
  #sockets: NotifySockets | undefined;

  constructor(options: MessageOptions) {
    this.#options = options;
  }

  /**
   * Finds out whether notify sockets can be opened. Throws an Error with one
   * line for the user if not.
   */
  open(): void {
    const { neededBy } = this.#options;
    if (neededBy === undefined) return;
    try {
      this.#sockets = new NotifySockets(Deno.env.get("TMPDIR") || "/tmp");
      const deaf = { isTrusted: () => false, onMessage: () => {} };
      void this.#sockets.open(deaf).close();
    } catch (cause) {
      this.#sockets?.close();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot use option ${neededBy}: ${why}`, { cause });
    }
  }

  /**
   * Opens the socket of incarnation `run`; returns the variable that names it,
   * if an option listens to one. Throws a StartHindered if it cannot be opened.
   */
  admit(run: number): Record<string, string> {
    this.ended(run);
    if (this.#sockets === undefined) return {};
    const { onMessage, onStranger } = this.#options;
    try {
      const socket = this.#sockets.open({
        isTrusted: (sender) => this.#isOwn(run, sender),
        onMessage: (message) => onMessage(run, message),
        onStranger: (message, { pid }) => onStranger(run, message, pid),
      });
      this.#children.set(run, { pid: undefined, socket });
      return { NOTIFY_SOCKET: socket.path };
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      throw new StartHindered(error.message, { cause: error });
    }
  }

  /** Incarnation `run` was started as process `pid`. */
  started(run: number, pid: number): void {
    const child = this.#children.get(run);
    if (child !== undefined) child.pid = pid;
  }

  /** Closes the socket of incarnation `run`, which has ended. */
  ended(run: number): void {
    const child = this.#children.get(run);
    this.#children.delete(run);
    void child?.socket.close();
  }

  /** Closes all of them; resolves when everything is released. */
  async close(): Promise<void> {
    const closed = [...this.#children.values()].map(({ socket }) =>
      socket.close()
    );
    this.#children.clear();
    this.#sockets?.close();
    await within(RELEASE_MS, Promise.all(closed));
  }

  /**
   * Whether the sender belongs to the child. A sender that has already ended is
   * not in /proc any more. It is then trusted if its user is ours or the
   * child's, because it knew the path of a socket that only the child was
   * given.
   */
  #isOwn(run: number, { pid, uid }: Sender): boolean {
    const leader = this.#children.get(run)?.pid;
    if (leader === undefined || pid === 0) return false;
    return belongsTo(leader, pid) ??
      (uid === Deno.statSync("/proc/self").uid || uid === userOf(leader));
  }
}
