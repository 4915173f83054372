"""The life of a container: create, start, stop, exec, attach, restart, events, recover. One verb, one file.

May import: network, volumes, logs and the rooms below them.
"""
