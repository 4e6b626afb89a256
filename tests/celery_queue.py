"""Looking into Celery's queues in Valkey."""

import json

import redis


def waiting_tasks(client: redis.Redis, queue: str) -> list[str]:
    """Names of the tasks that wait in one queue, the oldest first."""
    rows = client.lrange(queue, 0, -1)
    return [json.loads(row)["headers"]["task"] for row in reversed(rows)]
