"""The steps of a plan, by what they touch."""
