"""Swarm: desired state in etcd, orchestration, scheduling, agents, secrets, overlay peers.

May import: engine, build and the rooms below them.
"""
