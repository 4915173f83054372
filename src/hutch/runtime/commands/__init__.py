"""The verbs of ``hutch-runtime``, one file each: ``OPTIONS`` and ``run(root, parsed) -> exit code``."""
