"""An agent's pod that answers as the message says: "hello", "html", "line" (a line of 50 MB in a stream), "pour" (an event every
moment until the client is gone), "deep". Writes the path of every request to the file ASKED, and a byte for each poured event to POURED.

Usage: agent.py ADDRESS PORT ASKED POURED
"""

import http.server
import json
import sys

LINE_BYTES = 50_000_000


class Agent(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(sys.argv[3], "a", encoding="utf-8") as asked:
            print(self.path, file=asked)
        word = request["params"]["message"]["parts"][0].get("text", "hello")
        getattr(self, "say_" + word)(request["id"])

    def say_hello(self, request_id):
        message = {"kind": "message", "messageId": "a", "role": "agent", "parts": [{"kind": "text", "text": "hello"}]}
        self.answer("application/json", json.dumps({"jsonrpc": "2.0", "id": request_id, "result": message}).encode())

    def say_html(self, request_id):
        self.answer("text/html", b"<html><body>Bad Gateway</body></html>")

    def say_line(self, request_id):
        self.begin_stream()
        self.write(b'data: {"jsonrpc":"2.0","id":1,"result":{"kind":"message","text":"')
        for _ in range(LINE_BYTES // 100_000):
            self.write(b"x" * 100_000)
        self.write(b'"}}\n\n')

    def say_pour(self, request_id):
        update = {"kind": "artifact-update", "taskId": "t", "contextId": "c"}
        update["artifact"] = {"artifactId": "a", "parts": [{"kind": "text", "text": "x" * 10_000}]}
        event = b"data: " + json.dumps({"jsonrpc": "2.0", "id": request_id, "result": update}).encode() + b"\n\n"
        self.begin_stream()
        with open(sys.argv[4], "ab", buffering=0) as poured:
            for _ in range(20_000):
                self.write(event)
                poured.write(b".")

    def say_deep(self, request_id):
        self.answer("application/json", b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}")

    def begin_stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()

    def write(self, data):
        self.wfile.write(data)
        self.wfile.flush()

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer("application/json", b"{}")

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass  # the caller had enough

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Agent).serve_forever()
