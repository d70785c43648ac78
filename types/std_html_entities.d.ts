/** Declarations for deno-std's html/entities.js, which the package lacks. */

/** Replaces the entities of XML and HTML, such as `&quot;`, by what they stand for. */
export function unescape(text: string): string;
