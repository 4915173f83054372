"""The Go template language (package ``text/template`` of Go) with the functions that Docker's ``--format`` adds.

``lexer`` cuts the text, ``parser`` makes the tree, ``evaluate`` runs it over plain JSON data or :class:`values.Row`
objects, ``printing`` writes values as Go's ``fmt`` does, ``functions`` holds the functions.
"""
