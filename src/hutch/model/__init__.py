"""The nouns everyone shares and the kinds of error; no I/O. The hallway under the rooms.

May import: nothing of hutch.
"""
