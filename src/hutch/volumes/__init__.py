"""Named volumes and their drivers, reference counts, copy-up.

May import: plugins and the rooms below it.
"""
