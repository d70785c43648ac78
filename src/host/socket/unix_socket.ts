/** The addresses of sockets in the file system (unix(7)). */

export const AF_UNIX = 1;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

/** The longest path in sun_path, without its final zero. */
export const UNIX_PATH_MAX_BYTES = 107;

/** A struct sockaddr_un; undefined if the path is too long. */
export function unixName(path: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length > UNIX_PATH_MAX_BYTES) return undefined;
  const name = new Uint8Array(2 + UNIX_PATH_MAX_BYTES + 1);
  name.set([AF_UNIX, 0, ...bytes]);
  return name;
}
