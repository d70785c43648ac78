/**
 * Each heading of the three operators' guides, and the tests that do what it
 * says. A heading without a test says why it needs none. Fails when a test has
 * been renamed or removed.
 */
import { deepEqual, ok } from "node:assert/strict";
import { fromRoot } from "../../scripts/denort.ts";

/** Files of tests and the names in them; a text alone is why there is none. */
type Headings = Readonly<
  Record<string, string | readonly (readonly [file: string, name: string])[]>
>;

const HTTP_SD: Headings = {
  "Hard Reload": [["guide", "Hard Reload, its response"]],
  "How to Use Hard Reload": [["guide", "How to Use Hard Reload"]],
  "Hard Reload Response": [["guide", "Hard Reload, its response"]],
  "After Hard Reload": [["guide", "and what comes after it"]],
  "How to Access Debug Information": [["guide", "Scenario 3, Cache Hit"]],
  "1. Successful Generation with Debug Info": [
    ["guide", "1. Successful Generation with Debug Info"],
  ],
  "2. Error Details": [["guide", "2. Error Details"]],
  "3. Job Currently Processing": [["guide", "3. Job Currently Processing"]],
  "4. No Debug Information Available": [
    ["guide", "4. No Debug Information Available"],
  ],
  "Scenario 1: First Time Request": [["guide", "Scenario 1"]],
  "Scenario 2: Job Processing": [["guide", "Scenario 2"]],
  "Scenario 3: Successful Generation": [["guide", "Scenario 3"]],
  "Scenario 4: Generation Failed": [
    ["guide", "Scenario 4"],
    ["guide", "Fix the generator script, and retry"],
  ],
  "Scenario 5: Expired Cache": [["guide", "Scenario 5"]],
  "Cache Hit": [["guide", "Cache Hit"]],
  "Cache Miss": [["guide", "Scenario 1"]],
  "Cache Expired": [["guide", "Cache Expired"]],
  "Cache Error": [["guide", "Cache Error"]],
  "Monitoring Job Status": [
    ["guide", "Monitoring Job Status: a path is in the queue once"],
    ["guide", "3. Job Currently Processing; Monitoring Job Status"],
  ],
  "Metrics for Debugging": [["guide", "Metrics for Debugging"]],
  "Issue: Jobs Not Processing": [["guide", "Issue: Jobs Not Processing"]],
  "Issue: Jobs Stuck in Processing": [
    ["guide", "Issue: Jobs Stuck in Processing"],
    ["guide", "review worker timeout settings"],
    ["guide", "a job can be taken out by hand"],
  ],
  "Issue: Errors Not Showing in Debug": [["guide", "Errors Not Showing"]],
  "Issue: Stale Cache After Updating Generator": [
    ["guide", "Stale Cache After Updating Generator"],
  ],
  "Integration with Prometheus": [
    ["managed", "Redis is killed: Prometheus keeps its targets"],
  ],
  "Best Practices": [
    ["guide", "Best Practices: check runs each generator once"],
    ["guide", "another worker takes it up after STUCK_AFTER_SECONDS"],
  ],
  "Example: Complete Debugging Workflow": [
    ["guide", "Example: Complete Debugging Workflow"],
  ],
  "Example: Hard Reload Workflow": [["guide", "Example: Hard Reload Workflow"]],
};

const CACHE: Headings = {
  "API Service Startup Issues": [
    ["start", "a port in use, a database and a queue that are away"],
    ["start", "a variable that cannot be used is named"],
  ],
  "Worker Service Startup Issues": [
    ["start", "a port in use, a database and a queue that are away"],
    ["start", "a consumer of another kind is named"],
  ],
  "PostgreSQL Connection Problems": [
    ["connection", "connections that an operator ends are made again"],
    ["connection", "a wrong password and a server without free connections"],
    ["connection", "a database that hangs is left after its deadline"],
  ],
  "Redis Connection Problems": [
    ["connection", "Redis may be away, ask for a password, be full"],
  ],
  "NATS Connection Problems": [
    ["start", "a port in use, a database and a queue that are away"],
    ["connection", "the streams that an operator makes by the guide are used"],
    ["observe", "/health names each server"],
  ],
  "High Latency": [
    ["observe", "/metrics has the guide's numbers for jq"],
    ["observe", "slow queries are found by pg_stat_statements"],
    ["queue", "a worker takes in batches of WORKER_BATCH_SIZE"],
    ["queue", "two workers of one name share the queue"],
  ],
  "High Memory Usage": [
    ["observe", "profiles are on API_DEBUG_PORT, and for this host"],
    ["connection", "Redis may be away, ask for a password, be full"],
    ["recovery", "a full restart of the system keeps all of it"],
  ],
  "Missing Data": [
    ["recovery", "what Redis has lost comes back by a read"],
  ],
  "Messages Stuck in Queue": [
    ["start", "a consumer that is removed is made again"],
    ["queue", "a refused write is tried again, set aside, and processed"],
  ],
  "Log Analysis": [
    ["observe", "LOG_FORMAT=text is for readers"],
    ["observe", "a request is followed by its trace"],
  ],
  "Metrics Analysis": [["observe", "/metrics has the guide's numbers for jq"]],
  "Distributed Tracing": [["observe", "OTEL_TRACES_ENABLED sends spans"]],
  "Error Messages": [
    ["connection", "a wrong password and a server without free connections"],
    ["connection", "the breaker opens and closes"],
    ["connection", "a database that hangs is left after its deadline"],
    ["connection", "Redis may be away, ask for a password, be full"],
    ["keys", "of writers on one version one wins"],
    ["start", "a consumer of another kind is named"],
  ],
  "Health Check Failures": [["observe", "/health names each server"]],
  "Data Recovery": [
    ["recovery", "what Redis has lost comes back by a read"],
    ["recovery", "a backup that is restored is what clients read"],
  ],
  "Service Recovery": [
    ["recovery", "a full restart of the system keeps all of it"],
    ["kill", "a SIGKILL of any part or server loses no acknowledged write"],
  ],
  "CPU Profiling": [["observe", "profiles are on API_DEBUG_PORT"]],
  "Memory Profiling": [["observe", "profiles are on API_DEBUG_PORT"]],
  "Goroutine Analysis": [["observe", "profiles are on API_DEBUG_PORT"]],
  "System Overload": [
    ["emergency", "/admin/ratelimit refuses what is too much"],
    ["emergency", "flush-manager reloads the batch settings by SIGUSR1"],
  ],
  "Data Corruption": [["recovery", "what Redis has lost comes back by a read"]],
  "Q: Why is my cache hit rate low?": [
    ["observe", "/metrics has the guide's numbers for jq"],
    ["keys", "a value ends after its TTL"],
  ],
  'Q: How do I handle "duplicate key" errors?': [
    ["keys", "of writers on one version one wins"],
  ],
  "Q: Why are messages stuck in the queue?": [
    ["queue", "a full queue refuses writes until a worker is there"],
  ],
  "Q: How do I debug intermittent failures?": [
    ["observe", "OTEL_TRACES_ENABLED sends spans"],
    ["observe", "/metrics has the guide's numbers for jq"],
  ],
  "Q: What's the maximum cache size?": [
    ["keys", "what PostgreSQL could not keep is refused"],
  ],
};

const FILES: Headings = {
  "Health Check Commands": [
    ["checklist", "the health checks of the checklist all answer"],
  ],
  "Log Analysis": [["start", "a request is traced by its X-Trace-Id"]],
  "1. Service Won't Start": [
    ["start", "each fault of the configuration is one line"],
    ["start", "a port in use and a database that is away"],
    ["certificates", "certificates that cannot be served are told"],
  ],
  "2. Authentication Failures": [
    ["authentication", "who shows no key, or a wrong one"],
    ["authentication", "an empty list of keys is refused, and a variable"],
  ],
  "3. File Upload/Download Issues": [
    ["uploads", "a small file is uploaded, downloaded, listed"],
    ["uploads", "a disk that is full or not to be written"],
    ["uploads", "an upload that is cut off or too slow"],
    ["uploads", "a large upload goes on while a reload"],
    ["recovery", "a download that takes longer than server.write_timeout"],
    ["s3", "files are kept in a bucket"],
  ],
  "4. Database Connection Issues": [
    ["database", "a database that is away is told"],
    ["database", "too many connections are told by that name"],
    ["database", "migrations go up, down and are forced"],
    ["database", "a query by path uses an index"],
    ["recovery", "metadata_store.max_open_conns limits the connections"],
  ],
  "5. Redis/Distributed Locking Issues": [
    ["locks", "a lock that somebody holds is told, seen and cleared"],
    ["locks", "the lock of a server that was killed expires"],
    ["checklist", "health names each part that does not answer"],
  ],
  "6. Performance Issues": [
    ["recovery", "profiles are under /debug/pprof"],
    ["recovery", "cache.ttl is for how long PostgreSQL is not asked"],
    ["database", "the guide's own indexes can be made"],
  ],
  "1. Tracing and Profiling": [
    ["start", "a request is traced by its X-Trace-Id"],
    ["recovery", "profiles are under /debug/pprof"],
  ],
  "2. Database Query Analysis": [
    ["database", "a query by path uses an index"],
    ["database", "counted by the guide's query"],
  ],
  "3. Network Troubleshooting": [
    ["certificates", "a certificate without its key is refused"],
    ["checklist", "the key of the example matches its certificate"],
    ["start", "a request is traced by its X-Trace-Id"],
  ],
  "4. Container and Orchestration Issues":
    "containers_test.ts holds compose.yaml and the manifests against each other",
  "1. Key Metrics to Monitor": [
    ["monitoring", "the metrics of the guide are served"],
  ],
  "2. Alert Rules": [
    ["monitoring", "each alert of the guide fires when it should"],
  ],
  "3. Health Check Endpoints": [
    ["checklist", "health names each part that does not answer"],
  ],
  "1. Service Recovery": [
    ["start", "under the executable a server that was killed"],
    ["recovery", "the manual recovery of the guide, step by step"],
  ],
  "2. Database Recovery": [
    ["database", "a backup is restored by pg_dump and psql"],
    ["database", "migrations go up, down and are forced"],
  ],
  "3. Data Recovery": [
    ["recovery", "content that was lost is told, and is there again"],
  ],
  "1. Log Collection Script": [
    ["diagnose", "diagnose collects what the guide's script does"],
  ],
  "2. Support Information": "a list of what to write down",
  "3. Community Resources": "addresses",
};

for (
  const [example, headings] of Object.entries({
    "http-sd": HTTP_SD,
    cache: CACHE,
    files: FILES,
  })
) {
  Deno.test(`${example}: each heading of the guide has tests that there are`, () => {
    const lost = Object.entries(headings).flatMap(([heading, tests]) => {
      if (typeof tests === "string") return [];
      ok(tests.length > 0, heading);
      return tests.filter(([file, name]) =>
        !Deno.readTextFileSync(
          fromRoot(`tests/examples/${example}/${file}_test.ts`),
        ).includes(name)
      ).map(([file, name]) => `${heading}: ${file}_test.ts: ${name}`);
    });
    deepEqual(lost, []);
  });
}
