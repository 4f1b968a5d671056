"""The conversations app."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Conversations: above routing and memory, so it is here that the two meet."""

    name = "conversations"
    verbose_name = "Conversations"

    def ready(self) -> None:
        """Routing gets the local embedder, which memory has, its classifier and cached answers what visitors asked."""
        from conversations import labels, past, remembering, suggestions, topics
        from routing.vectors import LocalEmbedder, register

        def local() -> LocalEmbedder:
            from memory.embedding import embedder

            found = embedder()
            return LocalEmbedder(found.name, found.dimensions, found.embed_all)

        register(local)
        labels.register()
        suggestions.register()
        past.register()
        topics.register()
        remembering.register()
