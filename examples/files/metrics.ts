/** The metrics, by the names of the guide. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export class Metrics {
  readonly #registry = new Registry();
  readonly requests = new Counter({
    name: "callfs_http_requests_total",
    help: "Requests that were answered",
    labelNames: ["method", "path", "status"] as const,
    registers: [this.#registry],
  });
  readonly seconds = new Histogram({
    name: "callfs_http_request_duration_seconds",
    help:
      "From the head of a request to the head of its answer; of an upload, with its body",
    labelNames: ["method", "path"] as const,
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly operations = new Counter({
    name: "callfs_file_operations_total",
    help: "Operations on files, by how they ended",
    labelNames: ["operation", "backend", "status"] as const,
    registers: [this.#registry],
  });
  readonly #availability = new Gauge({
    name: "callfs_backend_availability",
    help: "1 when the back end can be used",
    labelNames: ["backend"] as const,
    registers: [this.#registry],
  });
  readonly #connections = new Gauge({
    name: "callfs_database_connections_active",
    help:
      "Connections to PostgreSQL that it knows of; 0 when it cannot be asked",
    registers: [this.#registry],
  });
  readonly expiry = new Gauge({
    name: "callfs_certificate_expiry_timestamp_seconds",
    help: "When the served certificate expires",
    registers: [this.#registry],
  });

  /** The text for Prometheus, with what is asked at each scrape. */
  async text(
    connections: number,
    backends: ReadonlyMap<string, boolean>,
  ): Promise<string> {
    this.#connections.set(connections);
    for (const [backend, isAvailable] of backends) {
      this.#availability.set({ backend }, isAvailable ? 1 : 0);
    }
    return await this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
