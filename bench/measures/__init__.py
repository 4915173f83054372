"""One file a measure; each holds its own as ``MEASURE``."""
