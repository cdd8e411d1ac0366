"""Each benchmark imports, and says how it is called."""

import runpy
import sys

import pytest

from benchmarks.__main__ import scripts


@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
@pytest.mark.parametrize("name", scripts())
def test_a_benchmark_says_how_it_is_called(name, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
    assert stopped.value.code == 0
    assert "usage:" in capsys.readouterr().out
