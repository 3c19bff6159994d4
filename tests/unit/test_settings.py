"""What a process is told: read once, wrong values named, secrets never shown."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.connect import open_redis
from streams.settings import SettingsError, load_maisons, settings_from
from tests.blocks import ROOT


def test_settings_show_no_secret() -> None:
    settings = settings_from(
        {
            "PREVENANCE_REDIS": "redis://:hunter2@redis:6379",
            "PREVENANCE_PEPPER": "hunter2",
            "PREVENANCE_JWT_SECRET": "hunter2",
            "PREVENANCE_WRITE_KEYS": "lumiere:hunter2",
        }
    )
    assert settings.need("pepper").reveal() == "hunter2"
    for shown in (repr(settings), str(settings), f"{settings.pepper} {settings.jwt_secret!r}"):
        assert "hunter2" not in shown


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "pepper").write_text("hunter2\n")
    settings = settings_from({"PREVENANCE_PEPPER_FILE": str(tmp_path / "pepper")})
    assert settings.need("pepper").reveal() == "hunter2"
    with pytest.raises(SettingsError, match="PREVENANCE_JWT_SECRET"):
        settings.need("jwt_secret")


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PREVENANCE_PORT": "http"}, "PREVENANCE_PORT"),
        ({"PREVENANCE_OPS_PORT": "65536"}, "PREVENANCE_OPS_PORT"),
        ({"PREVENANCE_SESSION_TIMEOUT": "0"}, "PREVENANCE_SESSION_TIMEOUT"),
        ({"PREVENANCE_CHECKPOINT_SECONDS": "never"}, "PREVENANCE_CHECKPOINT_SECONDS"),
        ({"PREVENANCE_PEPPER_FILE": "/nowhere/at/all"}, "PREVENANCE_PEPPER_FILE"),
        ({"PREVENANCE_PEPPER": "x" * 65}, "PREVENANCE_PEPPER has 65 bytes"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        settings_from(environ)


def test_the_address_of_redis_with_its_password_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("redis://:secret@redis:6379/0\n")
    settings = settings_from({"PREVENANCE_REDIS_FILE": str(tmp_path / "redis")})
    assert settings.redis == "redis://:secret@redis:6379/0"
    assert settings_from({}).redis == "embedded"


def test_a_secret_file_that_holds_none_is_named(tmp_path: Path) -> None:
    for content, why in ((b"\xff\xfe", "is no text"), (b"\n", "is empty")):
        (tmp_path / "pepper").write_bytes(content)
        with pytest.raises(SettingsError, match=f"PREVENANCE_PEPPER_FILE: .*pepper {why}"):
            settings_from({"PREVENANCE_PEPPER_FILE": str(tmp_path / "pepper")})


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    names = ("KAFKA", "REDIS", "MAISONS", "HOST", "PORT", "OPS_PORT", "SESSION_TIMEOUT", "PEPPER")
    empty = settings_from({f"PREVENANCE_{name}": "" for name in names})
    unset = settings_from({})
    assert all(getattr(empty, name) == getattr(unset, name) for name in empty.__struct_fields__)


def test_a_maison_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no \*\.toml"):
        load_maisons(tmp_path)
    (tmp_path / "broken.toml").write_text("id = ")
    with pytest.raises(SettingsError, match=r"broken\.toml"):
        load_maisons(tmp_path)
    (tmp_path / "broken.toml").unlink()
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SettingsError, match=r"folder\.toml can't be read"):
        load_maisons(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hun#ter2@host",
        "redis-cluster://:hun/ter2@host:7000",
        "redis://u:hunter2@host:63x9",
        "http://x",
    ],
)
def test_a_url_of_redis_that_makes_no_sense_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="PREVENANCE_REDIS") as told:
        open_redis(url)
    assert "hun" not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_clients_keys_are_drawn_from_the_master_key_or_else_from_the_pepper() -> None:
    peppered = settings_from({"PREVENANCE_PEPPER": "p"}).master
    own = settings_from({"PREVENANCE_PEPPER": "p", "PREVENANCE_MASTER_KEY": "m"}).master
    assert own == settings_from({"PREVENANCE_PEPPER": "q", "PREVENANCE_MASTER_KEY": "m"}).master != peppered
    assert peppered == settings_from({"PREVENANCE_PEPPER": "p", "PREVENANCE_MASTER_KEY": ""}).master
    with pytest.raises(SettingsError, match="PREVENANCE_PEPPER"):
        _ = settings_from({}).master


def test_files_are_read_alike_whatever_the_locale_of_a_host_says(tmp_path: Path) -> None:
    """By that of a host a house was refused, or misspelt on every card, and its pepper was another one."""
    (pepper := tmp_path / "pepper").write_text("un secret bien gardé", "utf-8")
    ask = (
        "from pathlib import Path; from streams.settings import load_maisons, settings_from; "
        "from sys import stdout; "
        f"said = settings_from({{'PREVENANCE_PEPPER_FILE': {str(pepper)!r}}}).need('pepper').reveal(); "
        "house = load_maisons(Path('deploy/maisons'))['lumiere']; "
        "stdout.buffer.write(f'{said} {house.name}'.encode())"
    )
    elsewhere = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", ask], env=elsewhere, capture_output=True, cwd=ROOT, check=False
    )
    here = load_maisons(ROOT / "deploy/maisons")["lumiere"].name
    assert done.stdout.decode() == f"un secret bien gardé {here}", done.stderr.decode()
