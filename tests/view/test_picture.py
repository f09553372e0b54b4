"""The README's picture is drawn from the data, and is what the data say."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from scripts import script


def test_picture_is_what_the_data_say() -> None:
    """docs/_static/reform.svg is what tools/picture.py draws today; run the tool if it is not."""
    picture = script("picture")
    drawn = picture.draw()
    assert picture.OUT.read_text(encoding="utf-8") == drawn
    assert ET.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"
    for number in ("63", "34", "696", "10,035", "3,321"):
        assert f">{number}</text>" in drawn
