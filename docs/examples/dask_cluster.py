"""
A fit on a Dask cluster
=======================

The package has no engine of its own: it fits on the workers that joblib is
told of, and Dask calls ``transform`` chunk by chunk. Releases are equal to
those of one process, to the last bit. This example starts two workers on this
machine, so the gallery shows it and does not run it. y and s are binary, of
synthetic rows.

.. image:: /pictures/dask_cluster.png
   :width: 80%
   :alt: Rows of each code in four chunks of a Dask array; the chunks are alike.
"""

# sphinx_gallery_thumbnail_path = 'pictures/dask_cluster.png'

import dask.array as da
import matplotlib.pyplot as plt
import numpy as np
from dask.distributed import Client, LocalCluster
from joblib import parallel_config

from sklearn_infoshape import InfoShapeTransformer, certify_leakage
from sklearn_infoshape.datasets import make_shaping_problem

# %%
# Fits, searches and audits are calls of joblib: name the backend, and they
# run on the workers. Whoever is sent a fitted shaper is sent its key: use a
# cluster that you trust as you trust the machine that holds the data.


def fit_on_cluster(shaper, X, y, s):
    """Fit members and folds of stage one on two workers."""
    local = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    )
    with (
        local as cluster,
        Client(cluster),
        parallel_config(backend="dask"),
    ):
        return shaper.fit(X, y, sensitive_features=s)


# %%
# Chunks of a Dask array hold whole rows, and become as wide as the code.


def release_in_chunks(shaper, X, n_rows):
    """Release a Dask array without holding all of it at once."""
    rows = da.from_array(X, chunks=(n_rows, X.shape[1]))
    return rows.map_blocks(
        shaper.transform,
        dtype=rows.dtype,
        chunks=(rows.chunks[0], (len(shaper.get_feature_names_out()),)),
        meta=np.empty((0, 0), dtype=rows.dtype),
    )


# %%
# Workers import the script, so whatever starts them stands behind this line.

if __name__ == "__main__":
    X, y, s = make_shaping_problem(2000, random_state=0)
    own, fresh = slice(0, 1000), slice(1000, None)
    shaper = InfoShapeTransformer(posterior="linear", random_state=0)
    fit_on_cluster(shaper, X[own], y[own], s[own])
    released = release_in_chunks(shaper, X[fresh], n_rows=250).compute()

    alone = InfoShapeTransformer(posterior="linear", random_state=0)
    alone.fit(X[own], y[own], sensitive_features=s[own])
    print(
        "as in one process:",
        np.array_equal(released, alone.transform(X[fresh])),
    )

    # A certificate needs a code and a class of each row: little to send.
    codes = released.argmax(axis=1)
    print(
        f"at most {certify_leakage(codes, s[fresh]).bits:.3f} bits of s"
    )

    figure, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
    for number, chunk in enumerate(codes.reshape(4, 250)):
        counts = np.bincount(chunk, minlength=released.shape[1])
        ax.bar(
            np.arange(len(counts)) + 0.2 * number - 0.3,
            counts,
            0.2,
            label=f"chunk {number}",
        )
    ax.set_xlabel("code")
    ax.set_ylabel("rows")
    ax.legend()
    plt.show()

# %%
# **What this does not promise.** A cluster pays where a member takes minutes;
# for a table of a few thousand rows, sending them costs more than the fit.
