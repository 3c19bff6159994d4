"""Every variable of the environment that the product reads, and what it says."""

import msgspec


class Variable(msgspec.Struct, frozen=True):
    """One variable. A secret may stand in a file instead, which `NAME_FILE` names."""

    name: str
    says: str
    unless_set: str = ""
    secret: bool = False


VARIABLES = (
    Variable("PREVENANCE_KAFKA", "bootstrap servers, or `embedded`", "embedded"),
    Variable(
        "PREVENANCE_KAFKA_TLS",
        "`on`, `off`, or `passwords-in-clear` where a password without TLS is meant",
        "on with any of the following",
    ),
    Variable("PREVENANCE_KAFKA_CA", "PEM file of the authorities to trust", "the system's"),
    Variable("PREVENANCE_KAFKA_USER", "who signs in by SASL"),
    Variable("PREVENANCE_KAFKA_PASSWORD", "their password", secret=True),
    Variable("PREVENANCE_KAFKA_MECHANISM", "`SCRAM-SHA-512`, `SCRAM-SHA-256` or `PLAIN`", "SCRAM-SHA-512"),
    Variable("PREVENANCE_KAFKA_CERT", "PEM file of the certificate to show, where Kafka asks for one"),
    Variable("PREVENANCE_KAFKA_KEY", "PEM file of its key, without a passphrase"),
    Variable(
        "PREVENANCE_REDIS",
        "URL: `redis://`, `rediss://` with TLS, `redis-cluster://` for a cluster; or `embedded`",
        "embedded",
        secret=True,
    ),
    Variable("PREVENANCE_REDIS_CA", "PEM file of the authorities to trust", "the system's"),
    Variable("PREVENANCE_REDIS_CERT", "PEM file of the certificate to show, where Redis asks for one"),
    Variable("PREVENANCE_REDIS_KEY", "PEM file of its key, without a passphrase"),
    Variable(
        "PREVENANCE_MAISONS",
        "folder of maison files: sites, people, teams, catalogue, consent",
        "deploy/maisons",
    ),
    Variable("PREVENANCE_HOST", "address that HTTP binds to", "127.0.0.1"),
    Variable("PREVENANCE_PORT", "port of HTTP; 0 lets the system choose", "8080"),
    Variable("PREVENANCE_OPS_PORT", "port of `/metrics`, `/health`, `/ready`", "any that is free"),
    Variable(
        "PREVENANCE_SESSION_TIMEOUT",
        "seconds of silence after which a worker's partitions go to another",
        "10",
    ),
    Variable(
        "PREVENANCE_CHECKPOINT_SECONDS",
        "how old the checkpoint of a shard that changes may become",
        "60",
    ),
    Variable("PREVENANCE_LOG", "`text`, or `json` for a line of JSON each", "text"),
    Variable(
        "PREVENANCE_OTLP",
        "base URL of a collector of OpenTelemetry, for spans; needs `prevenance[tracing]`",
        "nothing is traced",
    ),
    Variable(
        "PREVENANCE_OTLP_RATIO",
        "share of the requests without a trace of their own that begin one, 0 to 1",
        "0",
    ),
    Variable(
        "PREVENANCE_WRITE_KEYS",
        "`maison:key[:scope],…`; scopes `server`, `web` (public; `maison:key:web:secret` to let a page prove "
        "who is signed in), `pos`, `pms`",
        secret=True,
    ),
    Variable(
        "PREVENANCE_WEBHOOKS",
        "`maison:channel:account:secret[:other],…`: accounts of messaging channels that may call, see "
        "docs/channels.md",
        "nobody may",
        secret=True,
    ),
    Variable(
        "PREVENANCE_JWT_SECRET",
        "of people's tokens: HS256 with `sub`, `role`, `maison`, `sites`, `exp`",
        secret=True,
    ),
    Variable("PREVENANCE_PEPPER", "of the opaque ids, at most 64 bytes; never changed", secret=True),
    Variable(
        "PREVENANCE_MASTER_KEY",
        "what clients' keys are drawn from; never changed",
        "the pepper",
        secret=True,
    ),
    Variable(
        "PREVENANCE_PUSH_KEY",
        "what `prevenance push-key` prints: by it consoles ring telephones, see docs/ringing.md",
        "none is rung",
        secret=True,
    ),
    Variable("PREVENANCE_PUSH_CONTACT", "`mailto:` or `https:` address that a push service may write to"),
    Variable(
        "PREVENANCE_PUSH_SERVICES",
        "`host[:port],…` of push services besides those of Google, Mozilla, Apple and Microsoft",
        "none",
    ),
    Variable("PREVENANCE_IMPORT_KEY", "write key of `prevenance import --url`, scope `server`"),
)
