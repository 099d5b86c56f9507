import models
from analysis.validation.study import models_digest


def test_digest_follows_imports_and_nothing_else(tmp_path, monkeypatch):
    """A fit is keyed by the source it rests on: its own module, what that imports, and no other."""
    (tmp_path / "top.py").write_text("from models.below import x\n")
    (tmp_path / "below.py").write_text("from models.top import y\nx = 1\n")
    (tmp_path / "beside.py").write_text("z = 1\n")
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])

    def digest():
        models_digest.cache_clear()
        return models_digest("top")

    before = digest()
    (tmp_path / "beside.py").write_text("z = 2\n")
    assert digest() == before
    (tmp_path / "below.py").write_text("x = 2\n")
    assert digest() != before
    models_digest.cache_clear()
