# Prints what Prometheus asks for; parameters of the request are arguments.
# `curl "http://127.0.0.1:8080/targets/my-service?env=prod"`
env=dev
for parameter in "$@"; do
  case "$parameter" in env=*) env=${parameter#env=} ;; esac
done
printf '[{"targets":["10.0.1.1:9100","10.0.1.2:9100"],"labels":{"job":"node-exporter","env":"%s"}}]\n' "$env"
