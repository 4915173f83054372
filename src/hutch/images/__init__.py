"""Content-addressed blobs, manifests, tags; load, save, import, unpack, diff, bootstrap.

May import: storage, registry, runtime, spec, linux, model.
"""
