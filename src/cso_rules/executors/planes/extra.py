"""The one place where the parts for many rows import numpy and pyarrow, which the extra `bulk` brings."""

from cso_rules.errors import MissingExtraError

try:
    import numpy as np
    import pyarrow as pa
except ImportError as error:
    raise MissingExtraError("bulk") from error

__all__ = ["np", "pa"]
