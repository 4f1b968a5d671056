"""What to do about a turn that failed, by the kind of its error."""

from routing.providers import ErrorKind

FALLBACK = "Look at the provider's status page and at the workers' log; the visitor can ask again."
ADVICE: dict[str, str] = {
    ErrorKind.AUTH: "The provider refuses the key. Store a working one under Providers and press Check.",
    ErrorKind.NOT_FOUND: "The provider does not know the model. Compare its name with those that Check lists.",
    ErrorKind.BAD_REQUEST: "The provider refused the request. Look at the model's limits and temperature.",
    ErrorKind.CONTEXT_LENGTH: "Question, history and articles are longer than the model reads. "
    "Correct its context window, or choose another model.",
    ErrorKind.RATE_LIMITED: "The provider's limits were reached. Wait, raise them there, or enable another model.",
    ErrorKind.OVERLOADED: "The provider is overloaded. Nothing to mend here; another model can take over.",
    ErrorKind.SERVER: "The provider failed on its side. Look at its status page.",
    ErrorKind.CONNECTION: "The provider cannot be reached from here. Look at its base URL, DNS and the firewall.",
    ErrorKind.TIMEOUT: "The provider sent nothing in time. If that is usual, raise PARLEY_FIRST_TOKEN_SECONDS.",
    ErrorKind.STALLED: "The stream fell silent half-way. If that is usual, raise PARLEY_STALL_SECONDS.",
    ErrorKind.TRUNCATED: "The stream broke off before its end. Look for a proxy that cuts long answers.",
    ErrorKind.MALFORMED: "The answer could not be read. Check that the base URL speaks the chosen protocol.",
    ErrorKind.QUOTA: "The account at the provider is used up. Pay there or raise its budget.",
}


def advice(kind: str) -> str:
    """One or two sentences; a general one for kinds that are not the provider's."""
    return ADVICE.get(kind, FALLBACK)
