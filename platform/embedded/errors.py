"""The one error of the one-command start."""


class StartError(Exception):
    """Something did not start; the message says what, why, and what to do about it."""
