"""Joins a network namespace to networks: drivers, IPAM, ports, names, firewall.

May import: plugins and the rooms below it.
"""
