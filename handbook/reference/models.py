"""Every model and forecast."""

from collections.abc import Iterator
from types import ModuleType

from agents import forecasts, models
from agents.foresee import FORECASTS
from agents.registry import MODELS
from handbook.page import Page, module_of, page, told


def _text() -> str:
    return page(
        "Models and forecasts",
        "[Models](../models.md) explains what they learn from and how well they do.",
        "## Models",
        "What staff and clients make of a proposal; their verdict is the label.",
        *(part for one in MODELS for part in _told(models, one.name)),
        "## Forecasts",
        "What is likely of a client; time is the label.",
        *(part for one in FORECASTS for part in _told(forecasts, one.name)),
    )


def _told(folder: ModuleType, name: str) -> Iterator[str]:
    yield f"### {name}"
    yield told(module_of(folder, name))


PAGE = Page(name="models", text=_text)
