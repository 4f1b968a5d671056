"""Rows that a process keeps for seconds or minutes: by then another test's are long gone."""


def forget_all() -> None:
    """Read everything again when it is asked for next."""
    from conversations import origins
    from conversations.boards import looking
    from conversations.turns.counting import forget_factors
    from memory.remember.policies import forget_policies
    from memory.switching.in_use import forget as forget_embedders
    from observability import names
    from observability.statistics import numbers
    from routing import budgets, classifier
    from routing.admission import tiers
    from routing.cached.keeping import keeper
    from routing.ready import forget as forget_models
    from routing.rules.current import forget as forget_rules

    for module in (looking, names, numbers, budgets, classifier, tiers, keeper):
        module.forget()
    forget_embedders()
    forget_models()
    forget_rules()
    forget_factors()
    forget_policies()
    origins._cache.clear()


def take_what_waits() -> None:
    """Turns that ran in this process left what a thread would have written by now; it is not this test's."""
    from observability.logs.buffer import buffer
    from observability.statistics import adding
    from observability.tracing import store

    adding.take()
    buffer.take()
    store.start_anew()
