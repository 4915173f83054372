"""The keeper: parent of one container's init; owns its stdio, log file, attach and exec streams, and exit status."""
