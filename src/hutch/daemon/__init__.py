"""``hutchd``, the composition root: reads config, builds every object, listens, reloads, shuts down.

May import: every room below it, never cli.
"""
