"""Dashboards as Grafana reads them: `.venv/bin/python deploy/grafana/dashboards.py` writes them.

Each is a file beside this one: rows of panels, from people down to machines. A `graph` draws `lines`; a
`number` tells the newest value and turns orange, then red, at its `steps` (below them, where it `falls`); a
`table` shows the labels of what there is.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
NAMES = ("line", "learning", "house")
SOURCE = {"type": "prometheus", "uid": "prometheus"}
COLOURS = ("green", "orange", "red")
WIDTHS = {"number": 4, "graph": 8, "table": 8}
"""In columns, of which a dashboard has 24."""
LOW, HIGH = 5, 8
"""Height of a row of numbers, and of one of graphs."""
MAISON = {
    "name": "maison",
    "label": "Maison",
    "type": "query",
    "datasource": SOURCE,
    "query": {"query": "label_values(prevenance_ingest_accepted_total, maison)", "refId": "maison"},
    "refresh": 2,
    "includeAll": True,
    "allValue": ".*",
    "current": {"text": "All", "value": "$__all"},
}
PAGES = {
    "name": "Pages",
    "datasource": SOURCE,
    "enable": True,
    "iconColor": "red",
    "expr": 'ALERTS{alertstate="firing",severity="page"}',
    "titleFormat": "{{alertname}}",
}


def dashboard(name: str) -> dict[str, Any]:
    """A dashboard in Grafana's own terms, from the file of that name."""
    said = yaml.safe_load((HERE / f"{name}.yml").read_text())
    return {
        "uid": f"prevenance-{name}",
        "title": said["title"],
        "description": said["says"],
        "tags": ["prevenance"],
        "schemaVersion": 41,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "links": [{"type": "dashboards", "tags": ["prevenance"], "title": "", "asDropdown": False}],
        "templating": {"list": [MAISON] if said.get("of_a_maison") else []},
        "annotations": {"list": [PAGES]},
        "panels": [{"id": id} | panel for id, panel in enumerate(_laid_out(said["rows"]), 1)],
    }


def _laid_out(rows: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    y = 0
    for heading, panels in rows.items():
        yield {"type": "row", "title": heading, "collapsed": False, "panels": [], "gridPos": _at(0, y, 24, 1)}
        x, y, high = 0, y + 1, LOW if "number" in panels[0] else HIGH
        for said in panels:
            kind = next(iter(said))
            wide = said.get("wide", WIDTHS[kind])
            if x + wide > 24:
                x, y = 0, y + high
            yield _panel(kind, said) | {"gridPos": _at(x, y, wide, high)}
            x += wide
        y += high


def _at(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}


def _panel(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    made = {"title": said[kind], "description": said["says"], "datasource": SOURCE}
    match kind:
        case "graph":
            return made | _graph(said)
        case "number":
            return made | _number(said)
        case _:
            return made | _table(said)


def _targets(lines: Iterable[tuple[str, str]], **how: Any) -> list[dict[str, Any]]:
    return [
        {"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expr, "legendFormat": legend} | how
        for i, (legend, expr) in enumerate(lines)
    ]


def _graph(said: dict[str, Any]) -> dict[str, Any]:
    custom: dict[str, Any] = {"lineWidth": 1, "fillOpacity": 8, "showPoints": "never"}
    if said.get("log"):
        custom["scaleDistribution"] = {"type": "log", "log": 10}
    return {
        "type": "timeseries",
        "targets": _targets(said["lines"].items()),
        "fieldConfig": {"defaults": {"unit": said["unit"], "custom": custom}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _number(said: dict[str, Any]) -> dict[str, Any]:
    steps = said.get("steps", [])
    colours = COLOURS[: len(steps) + 1]
    if said.get("falls"):
        steps, colours = steps[::-1], colours[::-1]
    levels = [{"color": c, "value": v} for c, v in zip(colours, [None, *steps], strict=True)]
    thresholds = {"mode": "absolute", "steps": levels}
    return {
        "type": "stat",
        "targets": _targets([("", said["expr"])]),
        "fieldConfig": {
            "defaults": {"unit": said["unit"], "noValue": "none", "thresholds": thresholds},
            "overrides": [],
        },
        "options": {
            "colorMode": "value",
            "graphMode": "area",
            "textMode": "value",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
    }


def _table(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "table",
        "targets": _targets([("", said["expr"])], instant=True, range=False, format="table"),
        "transformations": [{"id": "filterFieldsByName", "options": {"include": {"names": said["columns"]}}}],
        "fieldConfig": {"defaults": {}, "overrides": []},
        "options": {"showHeader": True, "cellHeight": "sm"},
    }


def as_file(name: str) -> str:
    """A dashboard as `dashboards/NAME.json` holds it."""
    return json.dumps(dashboard(name), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name in NAMES:
        (HERE / "dashboards" / f"{name}.json").write_text(as_file(name))
