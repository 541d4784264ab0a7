"""What the stand-in servers share: their arguments, one thread for each connection, and an end that needs no signal."""

import argparse
import os
import threading
import time
from http.server import ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """TLS, when asked for, is negotiated in the connection's own thread: a slow client delays nobody."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, handler, tls):
        self.tls = tls
        super().__init__(address, handler)

    def finish_request(self, request, client_address):
        if self.tls:
            request.settimeout(10)
            request = self.tls.wrap_socket(request, server_side=True)
            request.settimeout(None)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that goes away or refuses the certificate is that client's affair."""


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def parse_arguments(text, **more):
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", type=address, required=True)
    parser.add_argument("--while-exists", default="")
    for name, kind in more.items():
        parser.add_argument("--" + name, type=kind)
    return parser.parse_args()


def serve(servers, while_exists):
    """Serves each (address, handler class, TLS context or None) until the file `while_exists` is gone."""
    running = [Server(*arguments) for arguments in servers]
    for server in running:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    while not while_exists or os.path.exists(while_exists):
        time.sleep(1)
