"""A WSGI application for the stack's own tests: answers, dies on demand, says what headers it got."""

import json
import os
import signal


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if path == "/leave":
        os._exit(int(environ["QUERY_STRING"]))
    while path == "/busy":
        pass
    headers = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    body = json.dumps({"pid": os.getpid(), "path": path, "headers": headers}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def sour(environ, start_response):
    """An application that cannot even say that it is alive."""
    start_response("500 Internal Server Error", [])
    return [b""]
