/** The mounts as the kernel lists them (proc_pid_mountinfo(5)). Pure. */

export interface Mount {
  readonly point: string;
  /** The whole line. */
  readonly line: string;
}

/** In order: a later one hides an earlier one at the same place. */
export const mountsIn = (mountinfo: string): Mount[] =>
  mountinfo.split("\n").flatMap((line) => {
    const point = line.split(" ")[4];
    return point === undefined ? [] : [{ point: unescaped(point), line }];
  });

/** The mount that a path without links is on. */
export const mountOf = (
  path: string,
  mounts: readonly Mount[],
): Mount | undefined =>
  mounts.filter(({ point }) => isBelow(path, point))
    .reduce<Mount | undefined>(
      (best, mount) =>
        best === undefined || mount.point.length >= best.point.length
          ? mount
          : best,
      undefined,
    );

const isBelow = (path: string, point: string): boolean =>
  path === point || path.startsWith(point === "/" ? point : `${point}/`);

const unescaped = (text: string): string =>
  text.replace(
    /\\([0-7]{3})/g,
    (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)),
  );
