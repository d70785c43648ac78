-- What wrk has counted, as one line of JSON that begins with "report ". It asks
-- for nothing else, so that wrk sends the same prepared request all the time.
function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    'report {"requests":%d,"durationUs":%d,"connect":%d,"read":%d,"write":%d,' ..
    '"timeout":%d,"status":%d,"p50Us":%d,"p99Us":%d,"maxUs":%d}\n',
    summary.requests, summary.duration, errors.connect, errors.read,
    errors.write, errors.timeout, errors.status, latency:percentile(50),
    latency:percentile(99), latency.max))
end
