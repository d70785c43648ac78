/** Which texts are patterns for names of files. Pure; the matcher is a library of the host. */

/** Most paths have none of these: their start does not wait for an expression. */
const SPECIAL = ["*", "?", "[", "{"];

/** Whether a part of a path has anything that makes it a pattern and is not behind a backslash. */
export const isGlob = (part: string): boolean =>
  SPECIAL.some((char) => part.includes(char)) &&
  /[*?]|\[[^\]]+\]|\{[^}]*\}/.test(part.replace(/\\./g, ""));
