/** So many faults that are not shown. At least 1. Pure. */
export const moreFaults = (count: number): string =>
  count === 1 ? "1 more fault" : `${count} more faults`;
