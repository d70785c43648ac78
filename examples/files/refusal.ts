/** An answer other than success, which the client is told in one line. */
export class Refusal extends Error {
  constructor(
    readonly status:
      | 400
      | 401
      | 404
      | 408
      | 409
      | 411
      | 413
      | 423
      | 500
      | 503
      | 507,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The text of whatever was thrown, in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return reasonOf(error.errors[0]);
  }
  const text = error instanceof Error
    ? error.message || error.name
    : `${error}`;
  return text.split("\n")[0];
}
