/**
 * What Node.js has and Deno has not, from the modules that the runtime has built
 * in. They are taken when they are first used: an `import` of any of them costs
 * every start half a millisecond (measured on Deno 2.7.11), used or not.
 */
export const nodeCrypto = () =>
  globalThis.process.getBuiltinModule("node:crypto");
export const nodeDns = () =>
  globalThis.process.getBuiltinModule("node:dns").promises;
export const nodeTls = () => globalThis.process.getBuiltinModule("node:tls");
export const nodeFs = () => globalThis.process.getBuiltinModule("node:fs");

const posix = () => globalThis.process.getBuiltinModule("node:path").posix;

export const basename = (path: string): string => posix().basename(path);
export const dirname = (path: string): string => posix().dirname(path);
export const resolve = (...paths: string[]): string =>
  posix().resolve(...paths);
