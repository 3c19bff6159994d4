"""Where the `prevenance` command begins: what it is made of takes a second to import."""

import os
import signal


def main() -> None:
    """Runs it. Ctrl-C ends it without a word before there is anything to end, as SIGTERM does."""
    if os.getpid() == 1:  # of a container: the kernel spares it what it has no handler for
        signal.signal(signal.SIGTERM, lambda told, _: os._exit(128 + told))
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:  # else it was told to ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from streams.cli import main as prevenance

    signal.signal(signal.SIGINT, heard)
    prevenance()


if __name__ == "__main__":
    main()
