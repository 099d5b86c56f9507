"""The made-up run of tests/analysis stands for every run that a page makes: no page samples."""

import importlib.util
import sys
from pathlib import Path

_PLACE = Path(__file__).parents[1] / "analysis" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("fixtures_of_analysis", _PLACE)
_FIXTURES = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = _FIXTURES
_SPEC.loader.exec_module(_FIXTURES)
made_run = _FIXTURES.made_run
