"""A proxy that misbehaves on purpose, between a terminal and a server: one fault a connection, as its plan says."""

import socket
import threading

PASS, DROP_REPLY, ANSWER_503, HALF_CLOSE = "pass", "drop reply", "answer 503", "half close"


def read_request(connection):
    """Head and body of one request, whose length is stated."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        piece = connection.recv(65_536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


class Proxy:
    """Listens on a free port of the loopback until it is closed. `plan(request)` names the fault of a connection."""

    def __init__(self, server, plan):
        self.server = server
        self.plan = plan
        self.counts = {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            connection.settimeout(30)
            try:
                request = read_request(connection)
                fault = self.plan(request)
                self.counts[fault] = self.counts.get(fault, 0) + 1
                if fault == ANSWER_503:
                    connection.sendall(b"HTTP/1.1 503 x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nERROR")
                    return
                reply = self._forward(request, half=fault == HALF_CLOSE)
                if fault == PASS:
                    connection.sendall(reply)
                # Otherwise the server has answered, or given up, and the terminal never hears of it.
            except OSError:
                return

    def _forward(self, request, half):
        with socket.create_connection(self.server, timeout=30) as upstream:
            if half:
                # The head whole, the body by half: what a line that breaks in the middle leaves.
                head, _, body = request.partition(b"\r\n\r\n")
                request = head + b"\r\n\r\n" + body[: len(body) // 2]
            upstream.sendall(request)
            if half:
                upstream.shutdown(socket.SHUT_WR)
            reply = b""
            while piece := upstream.recv(65_536):
                reply += piece
            return reply
