/** The alerts as the Prometheus operator takes them, from those that Prometheus itself reads. Pure. */

const HEAD =
  `# Written by \`deno task alerts\` from deploy/alerts.yaml: change them there.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: flush-manager
spec:
`;

/** The text of an object whose `spec` has the groups of `alerts`, the text of a file of rules. */
export function prometheusRuleText(alerts: string): string {
  const groups = alerts.indexOf("groups:\n");
  if (groups < 0) {
    throw new Error("Cannot write the PrometheusRule: there are no groups");
  }
  return HEAD + alerts.slice(groups).replaceAll(/^(?=.)/gm, "  ");
}
