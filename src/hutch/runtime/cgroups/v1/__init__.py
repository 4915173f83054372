"""Plans for the controllers of cgroup v1 (kernel Documentation/admin-guide/cgroup-v1)."""
