"""The examples in README.md and docs/ are tests: every ``python`` block with a prompt, every ``console`` block of ours."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker

from sybil import Example, Sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser, SkipParser

FLAGS = ELLIPSIS | NORMALIZE_WHITESPACE


def run_console(example: Example) -> None:
    """Run the lines ``$ orgmodel ...`` of a block in this process, in the folder that the page names ``FOLDER``.

    What the page shows below a line must be what is printed; a line that shows nothing must succeed.
    """
    # Imported here: most pages have no such block.
    from orgmodel.cli.app import run

    lines = re.findall(r"^\$ (orgmodel .*)\n((?:(?!\$ ).*\n?)*)", example.parsed, re.MULTILINE)
    with contextlib.chdir(example.namespace.get("FOLDER", ".")):
        for line, shown in lines:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                status = run(shlex.split(line)[1:])
            if shown.strip():
                assert OutputChecker().check_output(shown, printed.getvalue(), FLAGS), printed.getvalue()
            else:
                assert status == 0, printed.getvalue()


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=FLAGS),
        CodeBlockParser(language="console", evaluator=run_console),
        SkipParser(),
    ],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    # Its commands need files that tests/cli/test_commands_page.py makes, which runs them all.
    excludes=["docs/reference/commands.md"],
).pytest()
