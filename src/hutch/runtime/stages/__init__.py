"""The processes of a start, one file each: the parent, the container's init, and the joiner of a running container."""
