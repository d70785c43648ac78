/** What to try after the demo: commands that work as they are printed, in the clone. */

/** A command and what it shows. */
export interface Step {
  readonly what: string;
  readonly command: string;
}

/** `program` is how flush-manager is called from the top of the clone. */
export const nextSteps = (program: string): readonly Step[] => [
  {
    what: "what would be run and watched; starts nothing",
    command:
      `echo one > dist/try.conf; ${program} check --config dist/try.conf -- cat dist/try.conf`,
  },
  {
    what: "a program of your own",
    command:
      `${program} --config dist/try.conf -- sh -c 'cat dist/try.conf; exec sleep 600'`,
  },
  {
    what: "in a second terminal: a change, and it is restarted",
    command: "echo two > dist/try.conf",
  },
];
