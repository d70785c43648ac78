/** The declaration that deno-std's JavaScript lacks, as in @std/yaml/parse. */
export function parseAll(content: string): unknown[];
