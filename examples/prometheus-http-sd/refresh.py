"""Makes every list that is in Redis anew, and ends when that is done.

A hard reload by `?reload=true` deletes a list first, so that who asks in the
meantime gets `cache miss`. Here the old list stays until a worker has written
the new one. Ends with 1 if a generator fails or no worker answers in time.
"""

import os
import sys
import time
from urllib.parse import parse_qsl, urlsplit

from prometheus_http_sd.redis.cache import RedisCache
from prometheus_http_sd.redis.queue import RedisJobQueue

# flush-manager ends an action after 30 s.
WITHIN_SECONDS = 25
LOOK_EVERY_SECONDS = 0.1

cache = RedisCache(os.environ["REDIS_URL"])
queue = RedisJobQueue(os.environ["REDIS_URL"])


def outcome(full_path, since):
    """None while the job is not done, "" when the list is new, else the error."""
    failed = cache.get(f"error:{full_path}") or {}
    if failed.get("updated_timestamp", 0) > since:
        details = failed["error_details"]
        return f"{details['error_type']}: {details['error_message']}"
    made = cache.get(full_path) or {}
    return "" if made.get("updated_timestamp", 0) > since else None


def enqueue(full_path):
    url = urlsplit(full_path)
    queue.enqueue_job(
        {
            "full_path": full_path,
            "path": url.path.removeprefix("/targets").lstrip("/"),
            "extra_args": dict(parse_qsl(url.query)),
        }
    )


def main():
    prefix = os.environ.get("URL_PREFIX", "")
    paths = [
        path
        for path in cache._redis_client.scan_iter(f"{prefix}/targets*")
        if path.startswith(f"{prefix}/targets")
    ]
    since = time.time()
    for path in paths:
        enqueue(path)
    while paths and time.time() < since + WITHIN_SECONDS:
        time.sleep(LOOK_EVERY_SECONDS)
        for path in list(paths):
            error = outcome(path, since)
            if error:
                sys.exit(f"Cannot refresh {path}: {error}")
            if error == "":
                paths.remove(path)
    if paths:
        sys.exit(
            f"Cannot refresh {paths[0]}: no worker has made it within "
            f"{WITHIN_SECONDS} s"
        )


main()
