"""How gunicorn serves the app, in development and in production.

The number of processes comes from WEB_CONCURRENCY, the address from the command line.
"""

worker_class = "gthread"
threads = 4
# Loaded once and forked, the app answers sooner and takes less memory.
preload_app = True
# However long an address is, the app answers; in production the proxy before it limits them.
limit_request_line = 0
# Its place in the home folder would be shared by all instances of a user.
control_socket_disable = True
