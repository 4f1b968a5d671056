"""Django's settings. What an installation may change comes from the environment, through `parley.env`."""

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from parley import env, state

BASE_DIR = state.REPOSITORY

# --- who we are -------------------------------------------------------------------------------------------------
DEBUG = env.flag("PARLEY_DEBUG", False, help="Django's debug pages. Never on a server that strangers reach.")
SECRET_KEY = (
    env.text(
        "SECRET_KEY",
        "",
        help="Signs sessions and tokens, encrypts stored API keys. Unset: made once, kept in the state folder.",
    )
    or state.secret_key()
)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", help="Host names that this server answers to.")
CSRF_TRUSTED_ORIGINS = env.words(
    "CSRF_TRUSTED_ORIGINS", "", help="Origins (https://chat.example.com) of the admin behind a TLS proxy."
)
TRUSTED_PROXIES = env.whole(
    "PARLEY_TRUSTED_PROXIES",
    0,
    help="How many proxies in front of us add to X-Forwarded-For; 0 ignores the header.",
)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag(
    "PARLEY_SECURE_COOKIES", False, help="Send the admin's cookies over HTTPS only. Turn on behind TLS."
)
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"  # the widget's own page names its ancestors in its Content-Security-Policy instead
STATE_DIR = env.text(
    "PARLEY_STATE_DIR",
    "",
    help="Where the embedded servers keep their data. Unset: .parley beside manage.py.",
)

# --- what runs here ---------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_rq",
    "parley",
    "embedded",
    "observability",
    "people",
    "memory",
    "routing",
    "conversations",
]
MIDDLEWARE = [
    "observability.probes.answer_probes",
    "observability.prometheus.middleware.count_requests",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "parley.urls"
ASGI_APPLICATION = "parley.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LANGUAGE_CODE, TIME_ZONE, USE_TZ, USE_I18N = "en", "UTC", True, True
FORMAT_MODULE_PATH = "parley.formats"
STATIC_URL = "/static/"
STATICFILES_DIRS: list[str] = []
SERVESTATIC_USE_FINDERS = True  # served from the apps' own folders: nothing to collect before the first start
SERVESTATIC_AUTOREFRESH = DEBUG

# --- Postgres ---------------------------------------------------------------------------------------------------
_running = state.read_addresses()
DATABASE_URL = env.text(
    "DATABASE_URL",
    _running.database_url if _running else "postgresql://parley@127.0.0.1:5432/parley",
    help="Postgres 16 or newer with pgvector. Unset: the embedded server of `manage.py up`.",
)
DATABASE_OWNER_URL = env.text(
    "DATABASE_OWNER_URL",
    "",
    help="The role that owns the schema, for migrations. Unset: DATABASE_URL's role.",
)
POOL_SIZE = env.whole(
    "PARLEY_POOL_SIZE",
    8,
    minimum=1,
    help="Most Postgres connections of one process, in each of its two pools (ORM and asynchronous).",
)


def _database(name: str, url: str) -> dict[str, Any]:
    """Django's settings for a postgresql:// URL, whose query (sslmode=require) goes to libpq.

    Raises ImproperlyConfigured, without the URL's password.
    """
    try:
        given = conninfo_to_dict(url) if url.startswith(("postgres://", "postgresql://")) else {}
    except ProgrammingError:
        given = {}
    if not given.get("dbname") or not str(given.get("port", 0)).isdigit():
        raise ImproperlyConfigured(f"{name} must read postgresql://user:password@host:port/database.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": given.pop("dbname"),
        "USER": given.pop("user", ""),
        "PASSWORD": given.pop("password", ""),
        "HOST": given.pop("host", ""),
        "PORT": str(given.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,  # else the pool gives out what died with a Postgres that was restarted
        "OPTIONS": {
            **given,
            "options": "-c timezone=UTC",
            "pool": {"min_size": 0, "max_size": POOL_SIZE, "timeout": 20, "max_idle": 120},
        },
    }


def _changes_the_schema() -> bool:
    return Path(sys.argv[0]).name == "manage.py" and sys.argv[1:2] == ["migrate"]


# The role that serves requests owns nothing; `manage.py migrate` connects as the one that owns the schema.
_owner_url = DATABASE_OWNER_URL or (_running.owner_url if _running and _running.database_url == DATABASE_URL else "")
DATABASES = {
    "default": _database("DATABASE_OWNER_URL", _owner_url)
    if _owner_url and _changes_the_schema()
    else _database("DATABASE_URL", DATABASE_URL)
}

# --- Redis ------------------------------------------------------------------------------------------------------
REDIS_URL = env.text(
    "REDIS_URL",
    _running.redis_url if _running else "redis://127.0.0.1:6379/0",
    help="Redis 7.2 or Valkey. Unset: the embedded server of `manage.py up`.",
)
_SERIALIZER = "rq.serializers.JSONSerializer"  # pickles out of Redis would be code execution
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": timeout, "SERIALIZER": _SERIALIZER, "DEFAULT_RESULT_TTL": 0}
    for name, timeout in {"turns": 600, "default": 600}.items()
}
RQ = {"COMMIT_MODE": "auto"}  # we enqueue after commit ourselves, with a job id of our own
RQ_SHOW_ADMIN_LINK = True

# --- turns and events -------------------------------------------------------------------------------------------
MESSAGE_MAX_CHARACTERS = env.whole(
    "PARLEY_MESSAGE_MAX_CHARACTERS", 8000, minimum=1, help="Longest message that a visitor may send."
)
LEASE_SECONDS = env.number(
    "PARLEY_LEASE_SECONDS",
    4,
    minimum=1,
    help="A worker that has not renewed its lease for so long is taken for dead.",
)
MAX_ATTEMPTS = env.whole(
    "PARLEY_MAX_ATTEMPTS", 5, minimum=1, help="Tries of one turn before it is given up and the visitor told."
)
EVENT_LOG_LENGTH = env.whole(
    "PARLEY_EVENT_LOG_LENGTH", 1000, minimum=50, help="Events kept for each conversation in Redis."
)
EVENT_LOG_SECONDS = env.whole(
    "PARLEY_EVENT_LOG_SECONDS",
    86400,
    minimum=60,
    help="How long a quiet conversation's events stay in Redis.",
)
DELTA_SECONDS = env.number(
    "PARLEY_DELTA_SECONDS", 0.04, help="Streamed text is gathered for so long before it is sent on."
)
QUIET_MINUTES = env.whole(
    "PARLEY_QUIET_MINUTES",
    30,
    minimum=1,
    help="A conversation that was quiet for so long has ended, for the figures on completion.",
)
HISTORY_MESSAGES = env.whole(
    "PARLEY_HISTORY_MESSAGES",
    20,
    help="Recent messages that a model sees; up to twice as many while a summary of older ones is not written yet.",
)
SUMMARY_TOKENS = env.whole(
    "PARLEY_SUMMARY_TOKENS", 250, help="Length of the summary of older messages of a conversation. 0: none is made."
)
SESSION_DAYS = env.whole("PARLEY_SESSION_DAYS", 30, minimum=1, help="How long a widget's session token is valid.")
ADDRESS_MESSAGES_PER_MINUTE = env.whole(
    "PARLEY_ADDRESS_MESSAGES_PER_MINUTE", 300, minimum=1, help="Messages a minute from one address."
)
ADDRESS_SESSIONS_PER_MINUTE = env.whole(
    "PARLEY_ADDRESS_SESSIONS_PER_MINUTE",
    300,
    minimum=1,
    help="New widget sessions a minute from one address.",
)
SOCKETS_PER_CONTACT = env.whole(
    "PARLEY_SOCKETS_PER_CONTACT",
    20,
    minimum=1,
    help="Open live connections of one contact to one web process.",
)

# --- providers --------------------------------------------------------------------------------------------------
ANTHROPIC_API_KEY = env.text(
    "ANTHROPIC_API_KEY", "", help="Key of the Anthropic provider, unless one is stored in the admin."
)
ANTHROPIC_BASE_URL = env.text("ANTHROPIC_BASE_URL", "", help="Another address that speaks Anthropic Messages.")
OPENAI_API_KEY = env.text("OPENAI_API_KEY", "", help="Key of the OpenAI provider, unless one is stored in the admin.")
OPENAI_BASE_URL = env.text(
    "OPENAI_BASE_URL",
    "",
    help="An OpenAI-compatible server: Ollama, vLLM, llama.cpp. Its models are found at start.",
)
STALL_SECONDS = env.number("PARLEY_STALL_SECONDS", 15, minimum=1, help="A stream silent for so long is given up.")
FIRST_TOKEN_SECONDS = env.number(
    "PARLEY_FIRST_TOKEN_SECONDS",
    60,
    minimum=1,
    help="A provider that has sent nothing for so long is given up.",
)
FALL_OVER_SECONDS = env.number(
    "PARLEY_FALL_OVER_SECONDS",
    12,
    minimum=0.1,
    help="Where another model stands by, it takes the turn of one that has not begun after so long.",
)
OUTAGE_SECONDS = env.number(
    "PARLEY_OUTAGE_SECONDS",
    60,
    minimum=0,
    help="While every model is down, a turn waits for one to come back for so long before it is given up.",
)
DEFAULT_MODEL = env.text("PARLEY_MODEL", "", help="Name of the model to prefer where a site names none.")

# --- memory -----------------------------------------------------------------------------------------------------
EMBEDDER = env.text(
    "PARLEY_EMBEDDER",
    "minilm",
    help="What makes the vectors of articles and memories: minilm (here), or openai (OpenAI or a compatible server).",
)
if EMBEDDER not in {"minilm", "openai"}:
    raise ImproperlyConfigured(f"PARLEY_EMBEDDER={EMBEDDER!r} is neither minilm nor openai.")
EMBEDDER_MODEL = env.text(
    "PARLEY_EMBEDDER_MODEL", "text-embedding-3-small", help="Name of the model, where PARLEY_EMBEDDER is openai."
)
EMBEDDER_DIMENSIONS = env.whole(
    "PARLEY_EMBEDDER_DIMENSIONS", 0, help="Numbers in a vector of that model. 0: as OpenAI's own models make them."
)
EMBEDDER_BASE_URL = env.text(
    "PARLEY_EMBEDDER_BASE_URL", "", help="Server of that model, like http://127.0.0.1:11434/v1. Unset: OPENAI_BASE_URL."
)
EMBEDDER_API_KEY = env.text(
    "PARLEY_EMBEDDER_API_KEY", "", help="Its key. Unset: OPENAI_API_KEY, where the server is OPENAI_BASE_URL's."
)
EMBEDDER_BEFORE_BASE_URL = env.text(
    "PARLEY_EMBEDDER_BEFORE_BASE_URL",
    "",
    help="Server of the model before, while memories are embedded anew. Unset: the same server as now.",
)
EMBEDDER_BEFORE_API_KEY = env.text("PARLEY_EMBEDDER_BEFORE_API_KEY", "", help="The key of that server.")


def _embeddings_at(base_url: str, api_key: str) -> dict[str, str]:
    """OpenAI's key goes nowhere but where the chat's models are."""
    return {
        "base_url": base_url or OPENAI_BASE_URL,
        "api_key": api_key or (OPENAI_API_KEY if base_url in {"", OPENAI_BASE_URL} else ""),
    }


_minilm = "memory.embedding.minilm.MiniLMEmbedder"
_openai = "memory.embedding.openai.OpenAIEmbedder"
_here = _embeddings_at(EMBEDDER_BASE_URL, EMBEDDER_API_KEY)
_before = (
    _embeddings_at(EMBEDDER_BEFORE_BASE_URL, EMBEDDER_BEFORE_API_KEY)
    if EMBEDDER_BEFORE_BASE_URL or EMBEDDER_BEFORE_API_KEY
    else _here
)
_model = {"model": EMBEDDER_MODEL, "dimensions": EMBEDDER_DIMENSIONS or None}
_STORES = {
    "pgvector": "memory.stores.pgvector.PgVectorStore",
    "qdrant": "memory.stores.qdrant.QdrantStore",
    "weaviate": "memory.stores.weaviate.WeaviateStore",
    "pinecone": "memory.stores.pinecone.PineconeStore",
}
MEMORY_STORE = env.text(
    "PARLEY_MEMORY_STORE",
    "pgvector",
    help="Where memories' vectors are searched: pgvector (in Postgres), qdrant, weaviate or pinecone.",
)
if MEMORY_STORE not in _STORES:
    raise ImproperlyConfigured(f"PARLEY_MEMORY_STORE={MEMORY_STORE!r} is none of {', '.join(_STORES)}.")
_at = {
    "url": env.text(
        "PARLEY_MEMORY_STORE_URL",
        "",
        help="Address of a store other than pgvector, like http://qdrant:6333; for Pinecone the host of the index.",
    ),
    "api_key": env.text("PARLEY_MEMORY_STORE_API_KEY", "", help="Its key, where it has one. Pinecone always does."),
}
_only_here: dict[str, dict[str, Any]] = {
    "weaviate": {
        "grpc": env.text(
            "PARLEY_MEMORY_STORE_GRPC",
            "",
            help="host:port of Weaviate's gRPC. Unset: port 50051 of its host, or as Weaviate Cloud has it.",
        )
    },
    "pinecone": {
        "namespaces": env.whole(
            "PARLEY_MEMORY_STORE_NAMESPACES",
            0,
            help="Pinecone namespaces that contacts share, where they are more than the plan has. 0: one each.",
        )
    },
}
MEMORY = {
    "EMBEDDER": {
        "BACKEND": _openai if EMBEDDER == "openai" else _minilm,
        "OPTIONS": {**_model, **_here} if EMBEDDER == "openai" else {},
    },
    "LOCAL": {"BACKEND": _minilm, "OPTIONS": {}},
    "BEFORE": [{"BACKEND": _openai, "OPTIONS": _before}] if any(_before.values()) else [],
    "STORE": {
        "BACKEND": _STORES[MEMORY_STORE],
        "OPTIONS": {} if MEMORY_STORE == "pgvector" else {**_at, **_only_here.get(MEMORY_STORE, {})},
    },
}

# --- the one-command start (read by manage.py up; declared here so that one page lists them all) ---------------------
PORT = env.whole("PORT", 8000, minimum=1, help="Port of the web server that `manage.py up` starts.")
WORKERS = env.whole("PARLEY_WORKERS", 2, minimum=1, help="Worker processes that `manage.py up` starts.")
CONCURRENCY = env.whole(
    "PARLEY_CONCURRENCY", 500, minimum=1, help="Turns and other jobs that one worker process carries at once."
)
GRACE_SECONDS = env.number(
    "PARLEY_GRACE_SECONDS",
    6,  # `manage.py up` insists after 10
    help="A worker that is asked to end finishes what it can in so long; others take the rest.",
)

# --- traces and metrics -----------------------------------------------------------------------------------------
TRACE_DAYS = env.whole(
    "PARLEY_TRACE_DAYS", 14, help="How long the steps of each turn are kept for its waterfall. 0: none are stored."
)
METRICS_TOKEN = env.text(
    "PARLEY_METRICS_TOKEN",
    "",
    help="What /metrics asks for (Authorization: Bearer …). Unset: only loopback and private addresses may read it.",
)
METRICS_PORT = env.whole(
    "PARLEY_METRICS_PORT",
    0,
    help="Port of a worker's /metrics; further workers of `manage.py up` take those after it. 0: none.",
)
METRICS_BIND = env.text("PARLEY_METRICS_BIND", "127.0.0.1", help="Address on which a worker's /metrics listens.")
_collector = env.text(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "",
    help="An OpenTelemetry collector (OTLP over HTTP) for the steps of each turn. Unset: they are sent nowhere.",
)
OTLP_ENDPOINT = env.text(
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "",
    help="The whole address for them. Unset: /v1/traces of OTEL_EXPORTER_OTLP_ENDPOINT.",
) or (_collector and f"{_collector.rstrip('/')}/v1/traces")
OTLP_HEADERS = env.text(
    "OTEL_EXPORTER_OTLP_HEADERS", "", help="Headers for it, as name=value,name=value; values are percent-encoded."
)
OTLP_PROTOCOL = env.text("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf", help="The only one that Parley speaks.")

# --- statistics -------------------------------------------------------------------------------------------------
STATISTICS_SECONDS = env.number(
    "PARLEY_STATISTICS_SECONDS", 5, help="Each process writes its statistics so often; 0: never by itself."
)
STATISTICS_MINUTE_DAYS = env.whole(
    "PARLEY_STATISTICS_MINUTE_DAYS", 7, minimum=2, help="Days that statistics are kept by the minute."
)
STATISTICS_HOUR_DAYS = env.whole(
    "PARLEY_STATISTICS_HOUR_DAYS", 100, minimum=8, help="Days that statistics are kept by the hour."
)
STATISTICS_DAY_DAYS = env.whole(
    "PARLEY_STATISTICS_DAY_DAYS", 1830, minimum=32, help="Days that statistics are kept by the day: five years."
)

# --- logs -------------------------------------------------------------------------------------------------------
LOG_SECONDS = env.number(
    "PARLEY_LOG_SECONDS",
    0.2,
    help="Each process writes its records of conversations so often, and at once on trouble; 0: never by itself.",
)
LOG_LEVEL = env.text("PARLEY_LOG_LEVEL", "INFO", help="DEBUG, INFO, WARNING or ERROR.").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise ImproperlyConfigured(f"PARLEY_LOG_LEVEL={LOG_LEVEL!r} is not DEBUG, INFO, WARNING or ERROR.")
LOG_FORMAT = env.text("PARLEY_LOG_FORMAT", "plain", help="plain for people, or json: one object a line.").lower()
if LOG_FORMAT not in {"plain", "json"}:
    raise ImproperlyConfigured(f"PARLEY_LOG_FORMAT={LOG_FORMAT!r} is not plain or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{", "datefmt": "%H:%M:%S"},
        "json": {"()": "parley.log_json.JsonFormatter"},
    },
    "filters": {"without_trace": {"()": "parley.log_filters.WithoutTrace"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "stream": sys.stderr}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # what clients get wrong is told to them
        "django.security.DisallowedHost": {"filters": ["without_trace"]},  # scanners send any Host
        "daphne": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "pinecone": {"level": "WARNING"},  # tells of each search
        "rq": {"level": "WARNING"},
        "opentelemetry": {"level": "CRITICAL"},  # tells of each retry, and of headers; we say what matters
    },
}

# --- messages to people: alerts by e-mail --------------------------------------------------------------------------
PUBLIC_URL = env.text(
    "PARLEY_PUBLIC_URL", "", help="Where people reach this installation, for links in e-mail and webhooks."
).rstrip("/")
EMAIL_HOST = env.text("EMAIL_HOST", "", help="SMTP server for alerts. Unset: no e-mail is sent.")
EMAIL_PORT = env.whole("EMAIL_PORT", 587, minimum=1, help="Its port.")
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "", help="Who we are to it; unset where it asks for nobody.")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "", help="The password for it.")
EMAIL_TLS = env.text("EMAIL_TLS", "starttls", help="starttls, tls (from the first byte on, port 465) or none.").lower()
if EMAIL_TLS not in {"starttls", "tls", "none"}:
    raise ImproperlyConfigured(f"EMAIL_TLS={EMAIL_TLS!r} is not starttls, tls or none.")
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_TLS == "starttls", EMAIL_TLS == "tls"
EMAIL_TIMEOUT = 10  # seconds for each step of sending
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "parley@localhost", help="The sender's address.")

# --- the admin --------------------------------------------------------------------------------------------------
LOGIN_REDIRECT_URL = "admin:index"  # whoever opens /admin/login/ itself is led somewhere, too
UNFOLD = {
    "SITE_TITLE": "Parley",
    "SITE_HEADER": "Parley",
    "SITE_SYMBOL": "forum",
    "SHOW_HISTORY": True,
    "SIDEBAR": {"show_search": True, "navigation": "parley.navigation.sidebar"},
    "DASHBOARD_CALLBACK": "conversations.admin.home.context",
    "STYLES": ["parley.navigation.stylesheet"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "parley.navigation.icon"}],
}
