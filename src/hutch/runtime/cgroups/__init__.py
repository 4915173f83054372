"""Control groups: one :class:`~hutch.runtime.cgroups.cgroup.Cgroup` over the v1, v2 and hybrid layouts.

Every controller is planned by the module of the version whose hierarchy carries it (``v1/`` or ``v2/``), so a hybrid
machine is not a special case: it is a mix.
"""
