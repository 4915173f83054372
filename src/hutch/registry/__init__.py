"""The distribution protocol as a client: resolve, blobs, auth, search, mirrors.

May import: spec, linux, model.
"""
