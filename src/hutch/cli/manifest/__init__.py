"""Lists of manifests that are put together here: the files that Docker's own command keeps them in, and their forms."""
