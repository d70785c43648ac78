/**
 * Checks the files that the guides hand out: YAML, the systemd unit and the
 * versions that are pinned in them.
 */
// @ts-types="../types/std_yaml_parse.d.ts"
import { parseAll } from "@std/yaml/parse";
import { denoPin, fromRoot } from "./denort.ts";
import type { Fault, Outcome } from "./docs_outcome.ts";
import type { Document } from "./docs_text.ts";
import { gist, message, onPath, run } from "./shell.ts";

/** Files that name the version of Deno; `.tool-versions` is the one that counts. */
const PINNED: readonly [path: string, pattern: RegExp][] = [
  ["Dockerfile.distroless", /^ARG DENO_VERSION=(\S+)$/m],
  ["examples/greeter/Dockerfile", /^ARG DENO_VERSION=(\S+)$/m],
  ["examples/cache/Dockerfile", /^ARG DENO_VERSION=(\S+)$/m],
  ["examples/files/Dockerfile", /^ARG DENO_VERSION=(\S+)$/m],
  ["examples/http-sd/Dockerfile", /^ARG DENO_VERSION=(\S+)$/m],
  ["docs/guide-ci-job.md", /deno-version: (\S+)$/m],
  ["README.md", /\bor Deno (\d\S+\d)/],
];

/** All of deploy/ and examples/, the workflows, and the YAML in pages. */
export async function checkDeploy(
  pages: readonly Document[],
): Promise<Outcome> {
  const faults: Fault[] = [];
  const skipped: string[] = [];
  let checked = 0;
  for (const [place, text] of await yamlTexts(pages)) {
    checked++;
    try {
      parseAll(text);
    } catch (error) {
      faults.push({ place, text: `is no YAML: ${message(error)}` });
    }
  }
  const pin = await denoPin();
  for (const [path, pattern] of PINNED) {
    checked++;
    const text = await Deno.readTextFile(fromRoot(path));
    const found = pattern.exec(text)?.[1];
    if (found !== pin) {
      faults.push({ place: path, text: `names Deno ${found}, not ${pin}` });
    }
  }
  const manifests = [
    ...await filesIn("deploy", ".yaml"),
    ...await filesIn("examples", "kubernetes.yaml"),
  ];
  for (const path of manifests) {
    checked++;
    const text = await Deno.readTextFile(fromRoot(path));
    faults.push(...manifestFaults(path, text));
  }
  checked++;
  const user = /^USER (\S+)$/m.exec(
    await Deno.readTextFile(fromRoot("Dockerfile.distroless")),
  )?.[1];
  // The kubelet refuses a name under runAsNonRoot: it cannot tell whose it is.
  if (!/^[1-9]\d*:\d+$/.test(user ?? "")) {
    const text = `names user ${user}, not a number above 0`;
    faults.push({ place: "Dockerfile.distroless", text });
  }
  for (const unit of await filesIn("deploy", ".service")) {
    if (!await onPath("systemd-analyze")) {
      skipped.push(`${unit}: there is no systemd-analyze on this machine`);
      continue;
    }
    checked++;
    const said = await verifyUnit(unit);
    if (said !== "") faults.push({ place: unit, text: said });
  }
  return { checked, faults, skipped };
}

/** What the containers of a manifest lack of what the guide asks for. */
export function manifestFaults(place: string, text: string): Fault[] {
  return parseAll(text).flatMap((object): Fault[] => {
    // A list of operations has no kind.
    const { kind, spec } = object as Manifest;
    if (kind !== "Deployment") return [];
    const { initContainers = [], containers = [] } = spec?.template?.spec ?? {};
    return [...initContainers, ...containers].flatMap((container) =>
      containerFaults(container).map((fault) => ({
        place,
        text: `container ${container.name}: ${fault}`,
      }))
    );
  });
}

interface Container {
  readonly name: string;
  readonly terminationMessagePolicy?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
}

interface Manifest {
  readonly kind?: string;
  readonly spec?: {
    readonly template?: {
      readonly spec?: {
        readonly initContainers?: readonly Container[];
        readonly containers?: readonly Container[];
      };
    };
  };
}

/** With less the start alone takes more than a second. */
const CPU_LIMIT_MIN_MILLIS = 200;

function containerFaults(
  { terminationMessagePolicy, resources }: Container,
): string[] {
  const faults: string[] = [];
  if (terminationMessagePolicy !== "FallbackToLogsOnError") {
    faults.push("terminationMessagePolicy is not FallbackToLogsOnError");
  }
  for (
    const [group, name] of [["requests", "cpu"], ["requests", "memory"], [
      "limits",
      "memory",
    ]] as const
  ) {
    if (resources?.[group]?.[name] === undefined) {
      faults.push(`resources.${group}.${name} is missing`);
    }
  }
  const cpu = resources?.limits?.cpu;
  if (cpu !== undefined && millisOf(cpu) < CPU_LIMIT_MIN_MILLIS) {
    faults.push(`the CPU limit ${cpu} is less than ${CPU_LIMIT_MIN_MILLIS}m`);
  }
  return faults;
}

/** `200m` or `0.2`. */
const millisOf = (cpu: string | number): number => {
  const text = String(cpu);
  return text.endsWith("m") ? Number(text.slice(0, -1)) : 1000 * Number(text);
};

async function yamlTexts(
  pages: readonly Document[],
): Promise<[place: string, text: string][]> {
  const files = [
    ...await filesIn("deploy", ".yaml"),
    ...await filesIn("examples", ".yaml"),
    ...await filesIn("examples", ".yml"),
    ...await filesIn(".github/workflows", ".yml"),
  ];
  const texts = await Promise.all(
    files.map(async (path): Promise<[string, string]> => [
      path,
      await Deno.readTextFile(fromRoot(path)),
    ]),
  );
  const quoted = pages.flatMap(({ path, blocks }) =>
    blocks.filter(({ info }) => info === "yaml")
      .map(({ line, text }): [string, string] => [`${path}:${line}`, text])
  );
  return [...texts, ...quoted];
}

/** Also those in folders below it. */
async function filesIn(folder: string, ending: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(fromRoot(folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesIn(path, ending));
    else if (name.endsWith(ending)) found.push(path);
  }
  return found.sort();
}

/** The first version that knows the type of our unit. */
const NOTIFY_RELOAD_SINCE = 253;

/** The text as this systemd-analyze knows it: an older one is shown the type that came before. */
async function asKnown(unit: string): Promise<string> {
  const { stdout } = await run("systemd-analyze", ["--version"]);
  const version = Number(/^systemd (\d+)/.exec(stdout)?.[1]);
  return version >= NOTIFY_RELOAD_SINCE
    ? unit
    : unit.replace("Type=notify-reload", "Type=notify");
}

/** What systemd-analyze has to say of a unit whose programs are taken as given; "" is good. */
async function verifyUnit(unit: string): Promise<string> {
  const text = await asKnown(await Deno.readTextFile(fromRoot(unit)));
  const directory = await Deno.makeTempDir({ prefix: "flush-manager-docs-" });
  try {
    const copy = `${directory}/${unit.replace(/.*\//, "")}`;
    await Deno.writeTextFile(
      copy,
      text.replace(/^(Exec\w+=)\S+/gm, `$1${Deno.execPath()}`),
    );
    const { code, stdout, stderr } = await run("systemd-analyze", [
      "verify",
      "--man=no",
      copy,
    ]);
    const said = stdout + stderr;
    // It warns of other units of the machine too; those are not ours.
    const ours = said.split("\n").filter((line) => line.includes(copy)).join(
      "\n",
    );
    if (code === 0 && ours === "") return "";
    return gist(ours || said);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
