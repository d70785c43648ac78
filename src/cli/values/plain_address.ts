/** Addresses as other programs take them, in the notation of ours. Pure. */

/** `8080`, `:8080`, `*:8080`, `127.0.0.1:8080`, `[::1]:8080`, `redis:6379`; what follows a comma is an option. */
const PORT_LAST = /^(?:(\*|[\w.-]*|\[[0-9A-Fa-f:.]+\]):)?(\d{1,5})(?=,|$)/;

/**
 * `tcp:HOST:PORT` for `HOST:PORT`, `:PORT` and `PORT`; `unix:PATH` for an
 * absolute path. Two slashes may follow `tcp:` and `unix:`, as in a URL. A text
 * that is none of these is left as it is.
 */
export function plainAddress(text: string): string {
  if (text.startsWith("/")) return `unix:${text}`;
  const url = /^(tcp|unix):\/\/(?=.)/.exec(text);
  if (url !== null) {
    const rest = text.slice(url[0].length);
    return url[1] === "unix" ? `unix:${rest}` : plainAddress(rest);
  }
  const [whole, host = "", port] = PORT_LAST.exec(text) ?? [];
  if (whole === undefined || host === "unix") return text;
  const at = host === "*" || host === "tcp" ? "" : host;
  return `tcp:${at}:${port}${text.slice(whole.length)}`;
}
