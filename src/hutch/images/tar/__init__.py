"""Reading and writing tar archives on directory descriptors, for bytes nobody vouches for.

May import: linux, model.
"""
