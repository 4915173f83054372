"""The OCI runtime (``hutch-runtime``), the launcher (keeps prepared sandboxes) and the keeper (holds one container).

May import: spec, linux, model; never asyncio.
"""
