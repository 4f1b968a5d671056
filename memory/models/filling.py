"""How far the store of vectors, where it is not Postgres itself, has been given what Postgres has."""

from django.db import models


class StoreFilling(models.Model):
    """Of one store, by its name. What it lacks is copied in the order of contacts, up to and with `after_memory` of
    `after_contact`; `filled_at` is when it had everything. Only the one `in_use` is kept up with what comes and goes.
    """

    store = models.CharField(max_length=300, primary_key=True)
    in_use = models.BooleanField(default=True)
    after_contact = models.UUIDField(null=True)
    after_memory = models.BigIntegerField(default=0)
    copied = models.BigIntegerField(default=0)
    filled_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.store
