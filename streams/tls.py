"""TLS towards a server: whom to trust, and the certificate to show."""

import ssl
from collections.abc import Mapping

import msgspec


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """Files in PEM. ca: whom to trust, None for whom the system trusts. cert, key: who we are, if asked."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None

    def context(self) -> ssl.SSLContext:
        """For clients of Python's `ssl`: the server must show a trusted certificate of its own name."""
        made = ssl.create_default_context(cafile=self.ca)
        if self.cert is not None:
            made.load_cert_chain(self.cert, self.key, password="")  # or a locked key asks at the terminal
        return made


def tls_in(environ: Mapping[str, str], prefix: str) -> Tls | None:
    """What `prefix`_CA, _CERT and _KEY say; None where none is set. Raises `ValueError`."""
    ca, cert, key = (environ.get(f"{prefix}_{name}") for name in ("CA", "CERT", "KEY"))
    if (cert is None) != (key is None):
        raise ValueError(f"{prefix}_CERT and {prefix}_KEY go together: set both, or neither")
    if ca is None and cert is None:
        return None
    tls = Tls(ca=ca, cert=cert, key=key)
    _tried(Tls(ca=ca), f"{prefix}_CA: {ca}")
    _tried(tls, f"{prefix}_CERT, {prefix}_KEY: {cert}, {key}")
    return tls


def _tried(tls: Tls, what: str) -> None:
    try:
        tls.context()
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(
                f"{what} are not of one another: the key is that of another certificate"
            ) from None
        why = "are no certificate and its key in PEM, without a passphrase"
        raise ValueError(f"{what} {why if tls.cert else 'holds no certificate in PEM'}") from None
    except OSError as error:
        raise ValueError(f"{what} can't be read: {error.strerror}") from None
