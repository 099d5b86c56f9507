"""Tables as people save them: separators, decimal commas, blank rows, and what cannot be read."""

import pytest

from digitized.errors import InputError
from digitized.text_table import read_text_table

PLAIN = "Arm,Time,Survival\nA,0,1\nA,2.5,0.8\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ";").replace(".", ","),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", ",,\n"),
        PLAIN.replace(",", " , "),
    ],
)
def test_the_same_cells_however_the_table_was_saved(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8", newline="")
    frame = read_text_table(path)
    assert list(frame.columns) == ["arm", "time", "survival"]
    assert frame.to_numpy().tolist() == [["A", "0", "1"], ["A", "2.5", "0.8"]]


def test_lines_are_those_of_the_file_and_names_keep_their_commas(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\narm;time\n\nA 1,5;2,5\n;;\nB;3\n")
    frame = read_text_table(path)
    assert frame.index.tolist() == [4, 6]
    assert frame["arm"].tolist() == ["A 1,5", "B"]
    assert frame["time"].tolist() == ["2.5", "3"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"arm,time\nA,1,2\n", "line 2: 3 cells, but the header has 2"),
        (b"arm,time,arm\nA,1,2\n", "'arm' is given twice"),
        (b"\xff\xfea\x00", "not UTF-8 text"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_text_table(path)
    assert "t.csv" in str(caught.value)


def test_absent_files_and_folders_are_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_text_table(tmp_path / "absent.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_text_table(tmp_path)
