"""hutch: the Docker Engine and its tools in Python."""

__version__ = "0.1.0"
