"""The page about webhooks names every kind of fact with its fields."""

from pathlib import Path

from tollbook.notifications.events import CATALOGUE

PAGE = Path(__file__).parents[4] / "docs" / "webhooks.md"


def test_the_page_lists_the_catalogue() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for kind in CATALOGUE.values():
        fields = ", ".join(f"`{name}`" for name in kind.fields)
        assert f"| `{kind.name}` | {kind.about} | {fields} |" in text
