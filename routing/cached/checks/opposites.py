"""Words that turn a question round: on and off, before and after, buy and sell. A line, a dimension."""

from collections.abc import Sequence

from routing.cached.checks.words import Phrases, Words, any_of

# Words that mean the same pole are parted by commas.
POLES = [
    (any_of(one), any_of(other))
    for one, other in (
        (
            (
                "on, enable, enables, enabled, enabling, activate, activated, activating, activation, set up, start, "
                "starts, started"
            ),
            (
                "off, disable, disables, disabled, disabling, deactivate, deactivated, deactivating, deactivation, "
                "end, ends, stop, shut down"
            ),
        ),
        (
            "before, prior to, ahead of, until, vor, avant, antes, prima, voor",
            "after, afterwards, following, since, nach, après, después, dopo, na, depois",
        ),
        (
            "increase, increases, increased, raise, raising, up, louder, grow, higher, upgrade, upgrading, expand",
            (
                "decrease, decreases, decreased, lower, lowering, reduce, reducing, down, quieter, softer, shrink, "
                "downgrade, downgrading"
            ),
        ),
        ("buy, buying, bought, purchase, purchasing, purchased", "sell, selling, sold, sale"),
        ("open, opens, opening, opened, reopen", "close, closes, closing, closed, shut"),
        (
            "log in, login, logging in, sign in, signing in, log into, sign into, logon",
            "log out, logout, logging out, sign out, signing out, log off, logoff",
        ),
        ("upload, uploads, uploading, uploaded", "download, downloads, downloading, downloaded"),
        ("import, imports, importing, imported", "export, exports, exporting, exported"),
        (
            (
                "add, adds, adding, added, create, creates, creating, created, save, saving, insert, install, "
                "installing, invite, mark"
            ),
            (
                "remove, removes, removing, removed, delete, deletes, deleting, deleted, erase, uninstall, "
                "uninstalling, drop"
            ),
        ),
        (
            "subscribe, subscribing, sign up, join, joining, register, enroll, receive",
            "unsubscribe, unsubscribing, leave, leaving, opt out, unregister, cancel",
        ),
        (
            "block, blocked, blocking, lock, locked, locking, freeze, freezing",
            "unblock, unblocked, unblocking, unlock, unlocked, unlocking, unfreeze",
        ),
        (
            "accept, accepts, accepted, approve, approved, answer, pick up, allow, allowed",
            "reject, rejected, decline, declined, deny, denied, forbid, forbidden, hang up, refuse",
        ),
        ("deposit, deposits, depositing, pay in", "withdraw, withdrawal, withdrawals, withdrawing, take out, cash out"),
        ("lend, lends, lending, lent", "borrow, borrows, borrowing, borrowed"),
        ("send, sends, sending, sent", "receive, receives, receiving, received"),
        ("maximum, max, most, at most", "minimum, min, least, at least"),
        (
            "more, greater, larger, bigger, over, above, exceeds, longer, older",
            "less, fewer, smaller, under, below, shorter, younger",
        ),
        (
            "inside, indoor, indoors, include, included, includes, including",
            "outside, outdoor, outdoors, exclude, excluded, excludes, excluding",
        ),
        ("public, show, shown, unhide, visible", "private, hide, hidden, hiding, invisible"),
        ("online", "offline, without internet, without a connection"),
        ("light", "dark"),
        ("first", "last, final"),
        ("early, earlier, earliest", "late, later, latest"),
        ("arrive, arrives, arrival, arriving", "depart, departs, departure, departing, leave, leaves"),
        ("incoming", "outgoing"),
        ("inbound", "outbound"),
        ("hot, warm, heat, heating", "cold, cool, cooling"),
        ("check in, checking in", "check out, checkout, checking out"),
        ("push", "pull"),
        ("win, won", "lose, lost"),
        ("pause, pausing, suspend, suspending, take a break", "resume, resuming, continue, unpause"),
        ("connect, connecting, pair", "disconnect, disconnecting, unpair"),
        ("follow, following", "unfollow, unfollowing"),
        ("mute, muting", "unmute, unmuting"),
        ("encrypt", "decrypt"),
        ("zip, compress", "unzip, decompress"),
        ("attach", "detach"),
        ("buyer, buyers, customer, customers", "seller, sellers, merchant, merchants"),
        ("sender, senders", "recipient, recipients, receiver"),
        ("landlord, landlords", "tenant, tenants"),
        ("always", "never"),
        ("all, every", "none"),
        ("credit", "debit"),
        ("gain, profit", "loss"),
        ("cheap, cheaper, cheapest", "expensive, dearer, dearest"),
        ("fast, faster, quick, quicker", "slow, slower"),
        ("new, newer, newest", "old, older, oldest"),
        ("with", "without"),
        ("einschalten, aktivieren, ein, an", "ausschalten, deaktivieren, aus"),
        ("kaufen", "verkaufen"),
        ("öffnen", "schließen"),
        ("anmelden", "abmelden"),
        ("activer, allumer", "désactiver, éteindre"),
        ("acheter", "vendre"),
        ("ouvrir", "fermer"),
        ("activar, encender", "desactivar, apagar"),
        ("comprar", "vender"),
        ("abrir", "cerrar, fechar"),
        ("attivare, accendere", "disattivare, spegnere"),
        ("comprare", "vendere"),
        ("aprire", "chiudere"),
        ("inschakelen, aanzetten", "uitschakelen, uitzetten"),
        ("kopen", "verkopen"),
        ("openen", "sluiten"),
        ("ativar, ligar", "desativar, desligar"),
    )
]

BEGUN_BY: dict[str, list[int]] = {}  # a word: the dimensions that it may name a pole of
for _place, _poles in enumerate(POLES):
    for _word in _poles[0].begins | _poles[1].begins:
        BEGUN_BY.setdefault(_word, []).append(_place)


def refusal(asked: Words, stored: Sequence[Words]) -> str:
    """The other pole than every stored question that names one."""
    for place in sorted({place for word in asked.every for place in BEGUN_BY.get(word, ())}):
        poles = POLES[place]
        wanted = _named(asked, poles)
        if wanted in {(False, False), (True, True)}:
            continue
        said = [found for one in stored if any(found := _named(one, poles))]
        clear = [found for found in said if not all(found)]  # those that name one pole alone
        if clear and wanted not in clear:
            return f"opposite: {next(iter(asked.found(poles[0]) or asked.found(poles[1])))}"
    return ""


def _named(words: Words, poles: tuple[Phrases, Phrases]) -> tuple[bool, bool]:
    return words.has(poles[0]), words.has(poles[1])
