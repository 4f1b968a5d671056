"""Traces as they are stored: an attempt of a turn and its steps."""

from django.db import models


class Trace(models.Model):
    """One attempt. Partitioned by day; written and read by observability.tracing alone.

    `at` is when it began, by the database's clock; `offset_ms` how long after the message was accepted that was.
    `spans` are as tracing/encoding.py says. Numbers of rows are plain: what they name may be gone.
    """

    pk = models.CompositePrimaryKey("turn", "attempt", "at")
    at = models.DateTimeField()
    turn = models.BigIntegerField()
    attempt = models.IntegerField()
    conversation = models.UUIDField()
    site = models.IntegerField(null=True)
    model = models.IntegerField(null=True)
    rule = models.IntegerField(null=True)
    audience = models.IntegerField(null=True)
    state = models.TextField()
    offset_ms = models.IntegerField(null=True)
    took_ms = models.IntegerField()
    spans = models.BinaryField()

    class Meta:
        managed = False
        db_table = "observability_trace"
        default_permissions = ()

    def __str__(self) -> str:
        return f"Turn {self.turn}, attempt {self.attempt}"
