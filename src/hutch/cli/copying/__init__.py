"""``hutch cp``: which name means what, and archives from and to the files of this machine."""
