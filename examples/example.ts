/**
 * What an example consists of, and where one run of it stands: its folder and
 * its ports. Must not know which examples there are.
 */
import { ROOT } from "../scripts/denort.ts";
import { portOf, Server, type ServerName } from "./servers.ts";

/** A system that runs under flush-manager. */
export interface Example {
  /** Its folder below examples/. */
  readonly name: string;
  /** Where `deno task example NAME` keeps its data, which the settings files name; .cache/examples/NAME unless given. */
  readonly directory?: string;
  readonly servers: readonly ServerName[];
  /** What a server is given beside its port and its data. */
  readonly serverArgs?: (name: ServerName, place: Place) => readonly string[];
  /** Its parts in the order of their start; NAME.settings.yaml is how flush-manager runs one. */
  readonly parts: readonly string[];
  /** The ports in the settings files, besides those of the servers. */
  readonly ports: readonly number[];
  /** Makes what the settings files name, with the servers started and the parts not. */
  readonly prepare: (place: Place) => Promise<void>;
  /** What an operator may type now, a line each. */
  readonly next: (place: Place) => readonly string[];
}

/** Where one run of an example has its files, and by which ports it is reached. */
export interface Place {
  readonly directory: string;
  /** The port in place of the one that the settings files name. */
  readonly port: (written: number) => number;
}

/** Where `deno task example NAME` keeps its data: the folder that the settings files name. */
export const directoryOf = ({ name, directory }: Example): string =>
  directory ?? `.cache/examples/${name}`;

/** Starts the servers of the example; they end with the stack. */
export async function startServers(
  { servers, serverArgs }: Example,
  place: Place,
  stack: AsyncDisposableStack,
): Promise<readonly Server[]> {
  const started: Server[] = [];
  for (const name of servers) {
    const data = `${place.directory}/${name}`;
    const port = place.port(portOf(name));
    const more = serverArgs?.(name, place) ?? [];
    started.push(stack.use(await Server.start(name, data, port, more)));
  }
  return started;
}

/**
 * The settings file of a part for this place: the one of the example, with the
 * folder and the ports of the place. flush-manager is to be started with it in
 * the repository's root.
 */
export async function settingsFor(
  example: Example,
  part: string,
  { directory, port }: Place,
): Promise<string> {
  const { name, servers, ports } = example;
  const written = [...servers.map(portOf), ...ports];
  const text = await Deno.readTextFile(
    `${ROOT}examples/${name}/${part}.settings.yaml`,
  );
  const path = `${directory}/${part}.settings.yaml`;
  await Deno.writeTextFile(
    path,
    text.replaceAll(directoryOf(example), directory)
      .replaceAll(
        /\b\d{4,5}\b/g,
        (digits) =>
          written.includes(Number(digits))
            ? String(port(Number(digits)))
            : digits,
      ),
  );
  return path;
}
