/** The same files give the same bytes, whoever packs them and when: options for tar. */
export const reproducibleTar = (
  { output, directory, time }: {
    readonly output: string;
    readonly directory: string;
    /** Of every entry. */
    readonly time: Date;
  },
): readonly string[] => [
  "--create",
  `--file=${output}`,
  `--directory=${directory}`,
  "--format=ustar",
  "--sort=name",
  `--mtime=@${time.getTime() / 1000}`,
  "--owner=0",
  "--group=0",
  "--numeric-owner",
  "--mode=u=rwX,go=rX",
];
