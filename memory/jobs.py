"""Work on articles that workers do, on the RQ queue `default`. Arguments are plain numbers: the serializer
is JSON.
"""

import logging

import django_rq
from redis.exceptions import RedisError
from rq import Retry

from memory.knowledge import indexing
from parley.threads import in_database_thread

logger = logging.getLogger(__name__)
QUEUE = "default"


def enqueue_index(article_id: int) -> None:
    """Ask a worker to index the article. Without Redis it stays pending, and `index_pending` will find it."""
    try:
        django_rq.get_queue(QUEUE).enqueue(index_article, article_id, retry=Retry(max=3))
    except (RedisError, OSError) as error:
        logger.warning("Article %s is saved but waits to be indexed: Redis cannot be reached (%s).", article_id, error)


async def index_article(article_id: int) -> None:
    """The job: index in a thread, because embedding and the ORM block."""
    await in_database_thread(indexing.index_article, article_id)
