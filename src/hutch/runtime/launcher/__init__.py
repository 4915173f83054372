"""The launcher: a small fork server that keeps prepared sandboxes and forks a keeper for each container."""
