/** A moment in ISO 8601, in UTC, as all answers of the control endpoint have it. */
export type Timestamp = string;
