/** How the names of contents, which are digests in hex, are shown and written. Pure. */

/** As many characters as Git and Docker show. */
export const SHOWN_CHARS = 12;

const WHOLE_CHARS = 64;

export const shortName = (digest: string): string =>
  digest.slice(0, SHOWN_CHARS);

/** What an operator writes for a content: the beginning of its name, or all of it. Undefined where it is none. */
export function parseContentName(text: string): string | undefined {
  const name = text.toLowerCase();
  const isName = /^[0-9a-f]+$/.test(name) && name.length >= SHOWN_CHARS &&
    name.length <= WHOLE_CHARS;
  return isName ? name : undefined;
}

/** What is allowed, for a message. */
export const CONTENT_NAME_FORM =
  `${SHOWN_CHARS} to ${WHOLE_CHARS} hexadecimal digits, as flush-manager fleet shows them`;
