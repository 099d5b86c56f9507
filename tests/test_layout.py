"""The four folders are the import packages: guards against the generic names meeting something else."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("digitized", "trials", "models", "analysis")


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_the_folder_of_this_repository(package, tmp_path):
    code = f"import {package}; print({package}.__file__)"
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == ROOT / package


def test_top_level_holds_no_other_code_folder():
    code = {
        path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("*/**/*.py") if ".venv" not in path.parts
    }
    assert {name for name in code if not name.startswith(".")} <= {*PACKAGES, "tests"}


def test_distribution_is_never_uploaded():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "Private :: Do Not Upload" in project["project"]["classifiers"]


def test_pinned_requirements_name_no_host():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line]


def test_model_scripts_are_short():
    scripts = sorted((ROOT / "analysis" / "scripts").glob("*.py"))
    assert len(scripts) >= 3
    assert {path.name: n for path in scripts if (n := len(path.read_text().splitlines())) > 60} == {}


def test_help_answers_without_heavy_imports():
    code = (
        "import sys; from analysis.cli.app import app\n"
        "heavy = {'pymc', 'arviz', 'matplotlib', 'skimage', 'nutpie'} & set(sys.modules)\n"
        "print(sorted(heavy))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "[]", done.stderr
