"""One module a command; ``table.py`` says which words lead here.

Each has USAGE, FLAGS (a table), ARGUMENTS (least and most), INTERSPERSED (flags may follow arguments) and run.
"""
