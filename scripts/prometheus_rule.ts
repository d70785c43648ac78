/** `deno task alerts`: writes the alerts of deploy/kustomize from deploy/alerts.yaml. */
import { fromRoot } from "./denort.ts";
import { prometheusRuleText } from "./prometheus_rule_text.ts";
import { script } from "./shell.ts";
import { taskOptions } from "./task_options.ts";

await script("alerts", async () => {
  taskOptions(Deno.args, {});
  await Deno.writeTextFile(
    fromRoot("deploy/kustomize/components/alerts/prometheus-rule.yaml"),
    prometheusRuleText(await Deno.readTextFile(fromRoot("deploy/alerts.yaml"))),
  );
});
