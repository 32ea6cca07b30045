"""The C compiler of the system, for what benchmarks compare the library with."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

FLAGS: Final = ("-O3", "-march=native", "-fPIC", "-shared")


class NoCompilerError(Exception):
    """There is no C compiler."""


class NotInCError(Exception):
    """A policy says what this generator does not write."""


def compiler() -> str:
    """Return the C compiler of the system.

    Raises:
        NoCompilerError: There is none.
    """
    found = next(
        (path for name in (os.environ.get("CC"), "cc", "gcc", "clang") if name and (path := shutil.which(name))), None
    )
    if found is None:
        raise NoCompilerError("No C compiler was found; install one (cc, gcc or clang) or name it in CC.")
    return found


def compiled(source: str) -> tuple[str, Any]:
    """Return how a text was compiled, and its function `decide(start, stop, columns)`."""
    with tempfile.TemporaryDirectory() as folder:
        text, library = Path(folder) / "kernel.c", Path(folder) / "kernel.so"
        text.write_text(source, encoding="utf-8")
        subprocess.run([compiler(), *FLAGS, "-o", str(library), str(text)], check=True)
        function = ctypes.CDLL(str(library)).decide
    function.argtypes, function.restype = (ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p), None
    return f"{Path(compiler()).name} {' '.join(FLAGS[:2])}", function
