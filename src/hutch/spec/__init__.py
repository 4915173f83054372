"""Builds the OCI runtime config: pure data in, pure data out; the security policy lives here.

May import: model.
"""
