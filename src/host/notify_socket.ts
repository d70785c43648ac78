/**
 * Hears the child say that it is ready, by the protocol of systemd's
 * $NOTIFY_SOCKET (sd_notify(3)). Owns the socket and its file; knows nothing of
 * who sends: the runtime does not tell the sender.
 */
import { oneLine } from "../core/one_line.ts";

export interface NotifySocket {
  /** What the child is given as NOTIFY_SOCKET. */
  readonly path: string;
  /** Hears nothing more and removes the socket's file. */
  close(): void;
}

/** What a notification may be long; systemd's own limit. */
const DATAGRAM_BYTES_MAX = 4096;
const READY = "READY=1";

/**
 * A socket in a new directory of ours below `directory`, for us alone (0700, the
 * socket 0600). `onReady` is called for each datagram of up to 4 KiB with a line
 * READY=1; everything else that sd_notify(3) knows is ignored.
 *
 * Throws an Error of one line when there can be no socket: the runtime was
 * started without --unstable-net, or the directory cannot be written to or has
 * too long a path (108 bytes in all, unix(7)).
 */
export function openNotifySocket(
  directory: string,
  onReady: () => void,
): NotifySocket {
  if (Deno.listenDatagram === undefined) {
    throw unavailable("the runtime has no datagram sockets (--unstable-net)");
  }
  const home = makeHome(directory);
  const path = `${home}/notify`;
  try {
    const socket = Deno.listenDatagram({ transport: "unixpacket", path });
    // The directory keeps others out until then.
    Deno.chmodSync(path, 0o600);
    void hear(socket, onReady);
    return {
      path,
      close: () => {
        socket.close();
        removeQuietly(home);
      },
    };
  } catch (error) {
    removeQuietly(home);
    throw unavailable(`no socket can be made at ${path}`, error);
  }
}

function makeHome(directory: string): string {
  try {
    return Deno.makeTempDirSync({ dir: directory, prefix: "flush-manager-" });
  } catch (error) {
    throw unavailable(`no directory can be made in ${directory}`, error);
  }
}

function unavailable(what: string, cause?: unknown): Error {
  const why = cause instanceof Error ? ` (${cause.message})` : "";
  return new Error(oneLine(`notify is not available: ${what}${why}`), {
    cause,
  });
}

function removeQuietly(home: string): void {
  try {
    Deno.removeSync(home, { recursive: true });
  } catch {
    // It is gone, or somebody has taken the right to remove it: no harm.
  }
}

async function hear(
  socket: Deno.DatagramConn,
  onReady: () => void,
): Promise<void> {
  // One byte more than is allowed: the kernel cuts off what does not fit.
  const buffer = new Uint8Array(DATAGRAM_BYTES_MAX + 1);
  for (;;) {
    let datagram: Uint8Array;
    try {
      [datagram] = await socket.receive(buffer);
    } catch {
      // It was closed; receiving on an open one has no other error (recv(2)).
      return;
    }
    if (isReady(datagram)) onReady();
  }
}

/** Whether one of its lines is READY=1. */
function isReady(datagram: Uint8Array): boolean {
  if (datagram.length > DATAGRAM_BYTES_MAX) return false;
  return new TextDecoder().decode(datagram).split("\n").includes(READY);
}
