"""Finds, installs and speaks to plugins; authorisation plugins.

May import: images and the rooms below it.
"""
