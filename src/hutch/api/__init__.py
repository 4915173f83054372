"""HTTP: routing, version gates, decoding, streaming, authorisation; no decisions of its own.

May import: cluster and every room below it.
"""
