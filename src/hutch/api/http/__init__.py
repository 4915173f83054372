"""HTTP/1.1 on the server's side: heads, bodies, connections, hijacking; knows no route.

May import: model and ``api`` values (``replies``).
"""
