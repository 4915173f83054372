"""``linux.seccomp`` of the OCI config compiled to classic BPF by our own compiler, and kept in a cache.

program, flags = cache.load(config, folder)      # compiles when the cache has not got it
hutch.linux.seccomp.install(program, flags)      # in the process that is to be filtered
"""
