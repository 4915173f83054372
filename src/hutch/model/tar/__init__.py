"""The tar format: headers, whole archives entry by entry, sparse maps, writing. Bytes only: no file is made here.

Imports: ``model``.
"""
