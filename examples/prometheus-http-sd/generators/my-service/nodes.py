"""The targets of /targets/my-service. Parameters of the request come as
arguments: `?env=prod` is params["env"]."""


def generate_targets(**params):
    env = params.get("env", "test")
    return [
        {
            "targets": ["10.0.1.1:9100", "10.0.1.2:9100"],
            "labels": {"job": "node-exporter", "env": env},
        }
    ]
