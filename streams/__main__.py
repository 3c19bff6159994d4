"""The `prevenance` command."""

import click


@click.group()
def main() -> None:
    """Real-time next best action for luxury houses."""


if __name__ == "__main__":
    main()
