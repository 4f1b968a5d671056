"""Metrics for Prometheus: whatever is counted for the dashboards, under the names that `naming` gives, and the process.

Each process answers for itself: a web process at /metrics, a worker on a port of its own (PARLEY_METRICS_PORT).
"""
