"""The conversations app."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Conversations: above routing and memory, so it is here that the two meet."""

    name = "conversations"
    verbose_name = "Conversations"

    def ready(self) -> None:
        """Routing gets the local embedder, which memory has, and its classifier visitors' messages."""
        from conversations import labels
        from routing.vectors import LocalEmbedder, register

        def local() -> LocalEmbedder:
            from memory.embedding import embedder

            found = embedder()
            return LocalEmbedder(found.name, found.dimensions, found.embed_all)

        register(local)
        labels.register()
