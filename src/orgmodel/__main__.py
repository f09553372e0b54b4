"""``python -m orgmodel``: the same as the command ``orgmodel``."""

from __future__ import annotations

import gc
import sys

__all__ = [
    "main",
]

# What the extra ``cli`` brings: if one of these is missing, the extra is.
_EXTRA = ("cyclopts", "rich")


def main() -> None:
    """Run the command line, or say in one line which extra it needs."""
    # What imports make lives to the end. Looking through it for garbage again and again took a fifth of the time in which
    # `show` of a small file answers; the command line turns the collector on before a command begins.
    gc.disable()
    try:
        from orgmodel.cli.app import main as run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in _EXTRA:
            raise
        print(  # noqa: T201
            f"orgmodel: the command line needs {error.name}; install it with: pip install 'orgmodel[cli]'",
            file=sys.stderr,
        )
        raise SystemExit(2) from None
    run()


if __name__ == "__main__":
    main()
