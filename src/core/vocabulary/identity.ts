/** What two states of a path are compared by, and whether it was read at all. Pure. */

const PROVISIONAL = "provisional:";

/** The identity of content that was not read, known by its metadata only. */
export const provisionalIdentity = (metadata: string) => PROVISIONAL + metadata;

/** Whether an identity stands in for content that was not read. */
export const isProvisional = (identity: string) =>
  identity.startsWith(PROVISIONAL);
