"""Dockerfile to image: typed instructions, graph, solve, export.

May import: network, volumes, logs and the rooms below them.
"""
