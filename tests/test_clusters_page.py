"""The page on clusters: its code runs where the engines are, and releases what one process does."""

import numpy as np
import pytest

from .documented_code import DOCS, blocks

PAGE = DOCS / "guide" / "clusters.rst"

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.slow,
    pytest.mark.whole_search,  # a module's fixture knows no shorter one
]


@pytest.fixture(scope="module")
def run():
    """Runs the blocks of a section, after those of the beginning."""

    def run_section(title, namespace):
        for block in blocks(PAGE):
            if block.section == title:
                exec(block.compiled(), namespace)
        return namespace

    beginning = run_section("", {"__name__": "__main__"})
    return lambda title: run_section(title, beginning)


@pytest.fixture(scope="module")
def expected(run):
    found = run("")
    return found["shaper"].transform(found["frame"]).to_numpy()


def test_fits(run, expected, one_worker):
    found = run("Fits, searches and audits")
    np.testing.assert_array_equal(found["fitted"].transform(found["frame"]), expected)


def test_partitions(run):
    pytest.importorskip("dask.array")
    found = run("More rows than one machine holds")
    assert found["from_parts"].transform(found["frame"].to_numpy()).shape[0] == 1000


def test_dask_arrays(run, expected):
    pytest.importorskip("dask.array")
    released = run("Releases of a Dask array")["released_array"]
    assert released.chunks == ((250,) * 4, (expected.shape[1],))
    np.testing.assert_array_equal(released.compute(), expected)
    found = run("A certificate of what was released")
    assert 0 < found["certificate"].bits <= 1


def test_dask_frames(run, expected):
    pytest.importorskip("dask.dataframe")
    found = run("Releases of a Dask frame")
    released = found["released_parts"].compute()
    assert list(released.columns) == list(found["names"])
    assert released.index.equals(found["frame"].index)
    np.testing.assert_array_equal(released, expected)


def test_ray_data(run, expected):
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, ignore_reinit_error=True)
    ray.data.DataContext.get_current().execution_options.preserve_order = True
    try:
        released = run("Releases of Ray Data")["released_data"].to_pandas()
    finally:
        ray.shutdown()
    np.testing.assert_array_equal(released, expected)


def test_spark_frames(run, expected):
    pytest.importorskip("pyspark")
    found = run("Releases of a Spark frame")
    try:
        released = found["released_frame"].toPandas()
    finally:
        found["spark"].stop()
    np.testing.assert_array_equal(released, expected)
