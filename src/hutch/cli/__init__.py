"""The ``hutch`` command: parses flags, speaks the REST API, prints.

May import: model.
"""
