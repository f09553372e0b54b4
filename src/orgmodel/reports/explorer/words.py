"""What the page of the explorer says, in English and Vietnamese: ``assets/words.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

__all__ = [
    "WORDS",
]


def _read() -> Mapping[str, tuple[str, str]]:
    text = (files("orgmodel.reports.explorer") / "assets" / "words.toml").read_text(encoding="utf-8")
    return {key: (english, vietnamese) for key, (english, vietnamese) in tomllib.loads(text).items()}


WORDS: Final = _read()
"""Key -> (English, Vietnamese).

>>> WORDS["acts"]
('Acts', 'Văn bản')
"""
