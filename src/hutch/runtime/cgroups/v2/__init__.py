"""Plans for the controllers of cgroup v2 (kernel Documentation/admin-guide/cgroup-v2.rst)."""
