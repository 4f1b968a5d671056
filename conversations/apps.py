"""The conversations app."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    """Conversations: above routing and memory, so it is here that the two meet."""

    name = "conversations"
    verbose_name = "Conversations"

    def ready(self) -> None:
        """Routing gets the local embedder, which memory has, its classifier and cached answers what visitors asked."""
        from conversations import boards, forgetting, labels, measuring, past, remembering, suggestions, topics
        from conversations.summaries import registering
        from routing.vectors import LocalEmbedder, register

        def local() -> LocalEmbedder:
            from memory.embedding import local_embedder

            found = local_embedder()
            return LocalEmbedder(found.name, found.dimensions, found.embed_all)

        register(local)
        forgetting.register()
        labels.register()
        measuring.register()
        suggestions.register()
        past.register()
        topics.register()
        remembering.register()
        registering.register()
        boards.register()
