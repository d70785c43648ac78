/** Opens a listening Unix socket, whose file gets its mode at once. */
import type { ListenAddress } from "../../core/vocabulary/settings.ts";
import { errorText, must, Refusal, refusal } from "./refusal.ts";
import {
  lockName,
  newSocket,
  removeOwn,
  removeStale,
  type SocketFile,
  withMode,
} from "./socket_file.ts";
import type { SocketCalls } from "./stream_socket.ts";
import { AF_UNIX, UNIX_PATH_MAX_BYTES, unixName } from "./unix_socket.ts";

type UnixAddress = Extract<ListenAddress, { kind: "unix" }>;

/**
 * Opens a listening socket at the path and returns its descriptor, which is
 * blocking and close-on-exec. Throws a Refusal, and then leaves no socket open.
 */
export function openUnix(
  address: UnixAddress,
  calls: SocketCalls,
): { readonly fd: number; readonly file: SocketFile } {
  const { path, backlog } = address;
  const name = unixName(path);
  if (name === undefined) {
    throw refusal(
      address,
      `the path is longer than ${UNIX_PATH_MAX_BYTES} bytes`,
    );
  }
  using _lock = lockName(address);
  removeStale(address, name, calls);
  const fd = newSocket(address, AF_UNIX, calls);
  let file: SocketFile | undefined;
  try {
    bindWithMode(address, fd, name, calls);
    file = { path, info: Deno.lstatSync(path) };
    must(address, () => calls.listen(fd, backlog));
    return { fd, file };
  } catch (error) {
    calls.close(fd);
    if (file !== undefined) removeOwn(file);
    throw error instanceof Refusal
      ? error
      : refusal(address, errorText(error), error);
  }
}

/**
 * The file gets the mode that fchmod(2) has given to the socket before, without
 * the bits of the umask.
 */
function bindWithMode(
  address: UnixAddress,
  fd: number,
  name: Uint8Array<ArrayBuffer>,
  calls: SocketCalls,
): void {
  const bind = () => must(address, () => calls.bind(fd, name, name.length));
  const { mode } = address;
  if (mode === undefined) return bind();
  must(address, () => calls.fchmod(fd, mode));
  withMode(mode, bind, calls);
}
