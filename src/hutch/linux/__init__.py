"""Thin typed system calls via ctypes, netlink messages, in-root paths; nothing is decided here.

May import: model; never asyncio.
"""
