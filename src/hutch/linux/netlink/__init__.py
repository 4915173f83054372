"""Netlink: links, addresses, routes and nftables map elements as hand-packed messages, several in one send.

Encoding is pure (``message``, ``link``, ``addr``, ``route``, ``nftables``); ``socket`` alone talks to the kernel.
"""
