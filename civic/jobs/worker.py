"""The worker process: RQ's, with short lives so that a killed one is noticed within two minutes (R4)."""

from __future__ import annotations

from flask import Flask
from rq import SimpleWorker

from civic.jobs import queue

TTL = 60
"""Seconds after which a silent worker is taken as dead."""


def run(app: Flask, burst: bool = False) -> None:
    """Works until stopped, or until the queue is empty with `burst`."""
    target = queue.queue(app.config["CIVIC"].redis_url)
    worker = SimpleWorker([target], connection=target.connection, worker_ttl=TTL, job_monitoring_interval=5,
                          maintenance_interval=15)
    worker.work(burst=burst, logging_level="WARNING")
