"""Every code block of the pages is run, in order, in an empty folder.

`crosstrial run` does all that it does before sampling (options, evidence, populations) and then leaves a made-up
run in its folder; the runs themselves are tested end to end in tests/analysis/run and tests/analysis/second_disease.
"""

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import typer

from analysis.cli.app import app, main
from analysis.cli.reference import command_reference, commands
from analysis.run import pipeline
from analysis.run.populations import target_populations

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# README.md marks these pages as run.
PAGES = [
    "tutorial.md",
    "read-the-ladder.md",
    "add-your-own-trial.md",
    "digitise-a-figure.md",
    "second-disease.md",
    "methods.md",
]
BLOCK = re.compile(r"^```(\w*)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page):
    return [match.groups() for match in BLOCK.finditer((DOCS / page).read_text(encoding="utf-8"))]


@pytest.fixture
def reader(tmp_path, monkeypatch, made_run):
    """Do what a reader of a page does with one block, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "tests" / "analysis" / "second_disease"
    shutil.copytree(ROOT / "tests" / "analysis" / "second_disease" / "evidence", place / "evidence")

    def prepared_run(request, console):
        evidence = pipeline.load_evidence(request)
        target_populations(evidence, request)
        assert evidence.question.info.endpoints
        shutil.copytree(made_run, request.out)
        return request.out

    monkeypatch.setattr(pipeline, "run", prepared_run)
    names = {}

    def do(language, file, text):
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(text, encoding="utf-8")
        elif language == "python":
            exec(compile(text, "page", "exec"), names)
        else:
            assert language == "sh", f"a block that is not run: {language} {text[:40]}"
            for line in text.strip().splitlines():
                monkeypatch.setattr(sys, "argv", shlex.split(line))
                with pytest.raises(SystemExit) as ended:
                    main()
                assert ended.value.code in (0, None), line

    return do


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_runs(page, reader):
    found = blocks(page)
    assert found
    for language, file, text in found:
        reader(language, file, text)


def test_a_block_that_fails_is_seen(reader):
    with pytest.raises(AssertionError):
        reader("sh", None, "crosstrial evidence --evidence nowhere --check\n")


def test_the_index_marks_exactly_the_pages_that_are_run():
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    marked = re.findall(r"\]\(([\w-]+\.md)\) \*", text)
    assert sorted(marked) == sorted(PAGES)


def test_links_between_pages_lead_somewhere():
    for page in DOCS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in link:
                assert (DOCS / link).exists(), f"{page.name}: {link}"


def test_the_command_reference_is_up_to_date():
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == command_reference()


def test_commands_in_the_pages_exist():
    known = {name for name, _ in commands(typer.main.get_command(app), "crosstrial")}
    for page in PAGES:
        for command in re.findall(
            r"crosstrial (?:design )?[a-z-]+", (DOCS / page).read_text(encoding="utf-8")
        ):
            assert command in known, f"{page}: {command}"
