/** The product's version; a test holds it equal to the one in deno.json. */
export const VERSION = "1.0.0";
