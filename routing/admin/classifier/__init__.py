"""The classifier in the admin: its versions, training, and labelling messages."""

from routing.admin.classifier import labels, versions

__all__ = ["labels", "versions"]
