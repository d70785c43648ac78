/** Our pod on an API server for tests, for what is told of it. */
import type { Journal } from "../../../src/control/vocabulary/journal.ts";
import type { Message } from "../../../src/core/vocabulary/message.ts";
import { type Cluster, openCluster } from "../../../src/kubernetes/cluster.ts";
import { FakeKubernetes } from "../../fixtures/fake_kubernetes.ts";
import { Story, VETTED } from "../../control/journal/story.ts";

export const EVENTS = "/apis/events.k8s.io/v1/namespaces/web/events";
export const POD = "/api/v1/namespaces/web/pods/web-0";

export class PodBench implements AsyncDisposable {
  readonly api = new FakeKubernetes();
  readonly #messages: Message[] = [];

  constructor() {
    this.api.objects.set(POD, {
      kind: "Pod",
      metadata: { uid: "u-1" },
      status: { conditions: [{ type: "Ready", status: "True" }] },
    });
  }

  /** Our pod in it, unless told that nobody tells which one that is. */
  cluster(
    pod: Record<string, string> = { POD_NAME: "web-0", POD_UID: "u-1" },
  ): Cluster {
    const { host, port } = this.api.address;
    const variables: Record<string, string> = {
      KUBERNETES_SERVICE_HOST: host,
      KUBERNETES_SERVICE_PORT: String(port),
      KUBERNETES_SERVICE_ACCOUNT_DIR: this.api.directory,
      ...pod,
    };
    return openCluster({ variable: (name) => variables[name] });
  }

  readonly log = (message: Message): void => void this.#messages.push(message);

  get lines(): string[] {
    return this.#messages.map(({ text }) => text);
  }

  /** Requests, each as its method and how it was answered. */
  get asked(): string[] {
    return this.api.requests.map(({ method }) => method);
  }

  // deno-lint-ignore no-explicit-any -- objects as they were written
  get events(): any[] {
    return this.api.objects.below(EVENTS);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.api[Symbol.asyncDispose]();
  }
}

/** The journal of a manager whose child is ready, and what it is after content was rejected for this reason. */
export function rejection(why: string): { then: Journal; now: Journal } {
  const story = Story.ready(VETTED, 1);
  const then = story.journal;
  story.change(2);
  story.refuse(why, "line 3: password=secret");
  return { then, now: story.journal };
}
