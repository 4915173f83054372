"""The routes of the Engine API, one file a noun: they decode, call one backend, and encode."""
