"""Layers as mounts: prepare, view, commit, remove; one file per driver. Also the SQLite records file.

May import: spec, linux, model.
"""
