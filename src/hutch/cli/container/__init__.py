"""From the flags of ``run`` and ``create`` to the create request; pure but for the files that flags name."""
