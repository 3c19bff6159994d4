"""`make mutate` leaves no module of the store out, and asks tests that are there."""

from tests import mutants
from tests.mutants import MODULES, ROOT


def test_every_module_of_the_store_is_changed() -> None:
    files = (ROOT / "feature_store").rglob("[a-z]*.py")  # a package's own file has a docstring and no code
    there = {str(file.relative_to(ROOT).with_suffix("")) for file in files}
    assert there == {module for module in MODULES if module.startswith("feature_store/")}


def test_every_module_that_is_changed_has_tests_that_are_there() -> None:
    assert [module for module in MODULES if not (ROOT / f"{module}.py").is_file()] == []
    asked = {test for module in MODULES for test in mutants.tests_of(module)}
    assert [test for test in sorted(asked) if not (ROOT / test).is_file()] == []
