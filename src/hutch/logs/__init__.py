"""Where container output goes and how it is read back: one file per driver.

May import: plugins and the rooms below it.
"""
