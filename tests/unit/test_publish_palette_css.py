"""The style sheet that the site serves carries the palette that drawings refer to."""

from pathlib import Path

from scenarios.publish.charts import palette

SHEET = Path(__file__).parents[2] / "docs" / "assets" / "palette.css"


def test_the_style_sheet_is_the_palettes():
    assert SHEET.read_text(encoding="utf-8").partition("*/")[2].strip() == palette.css().strip()
