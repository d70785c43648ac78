"""prometheus-http-sd's server for gunicorn: what `server-only` takes as
arguments comes as variables, because gunicorn has the command line."""

import os

from prometheus_http_sd.config import config
from prometheus_http_sd.redis.server import create_server_app

config.redis_url = os.environ["REDIS_URL"]
config.root_dir = os.environ["GENERATORS_DIR"]
# How long `?reload=true` may hold a thread.
config.hard_reload_timeout_seconds = float(
    os.environ.get("HARD_RELOAD_TIMEOUT_SECONDS", "20")
)

app = create_server_app(
    os.environ.get("URL_PREFIX", ""), float(os.environ["CACHE_SECONDS"])
)
