/** The paths of files and directories, as requests and the metadata have them. */
import { Refusal } from "./refusal.ts";

/** Where they are served. */
export const FILES = "/api/v1/files";
const PATH_MAX_BYTES = 1_000;
/** A name and the token behind it are one name of a file system, of 255 bytes. */
const NAME_MAX_BYTES = 230;

/** As it was asked for: a URL would resolve the dots in it. */
export const rawPath = (url: string) =>
  /^\w+:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? "/";

/** The path of a file; a directory is none. */
export function fileOf(url: string): string {
  const path = pathOf(url);
  if (!path.endsWith("/")) return path;
  throw new Refusal(
    400,
    `path: ${
      JSON.stringify(path)
    } is not allowed; use the path of a file, which does not end with a slash`,
  );
}

/** The path of a file or directory as the metadata have it: it begins with a slash. */
export function pathOf(url: string): string {
  const asked = rawPath(url);
  const written = asked.slice(FILES.length) || "/";
  // The router has decoded it: it may have been written in another way.
  if (!asked.startsWith(FILES) || !written.startsWith("/")) {
    throw new Refusal(404, `Not found; use ${FILES}/PATH`);
  }
  let path: string;
  try {
    path = decodeURIComponent(written);
  } catch {
    throw new Refusal(
      400,
      `path: ${written} is not allowed; use UTF-8 in percent encoding`,
    );
  }
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const names = path.slice(1).replace(/\/$/, "").split("/");
  const isAllowed = path === "/" ||
    bytes(path) <= PATH_MAX_BYTES && names.every((name) =>
        // deno-lint-ignore no-control-regex
        !/^\.{0,2}$|[\x00-\x1f\x7f]/.test(name) && bytes(name) <= NAME_MAX_BYTES
      );
  if (isAllowed) return path;
  throw new Refusal(
    400,
    `path: ${
      JSON.stringify(path.slice(0, 100))
    } is not allowed; use names of 1 to ${NAME_MAX_BYTES} bytes with one slash between them, not . or .., without control characters`,
  );
}
