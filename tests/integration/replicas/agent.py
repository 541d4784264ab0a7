"""An agent's pod, as far as the proxy sees it: streams an answer that ends when a file appears. Usage: agent.py ADDRESS PORT FILE"""

import http.server
import json
import os
import sys
import time


class Agent(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer("application/json", b"{}")

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = request["params"]["message"]
        result = {"kind": "message", "messageId": "answer", "role": "agent", "parts": message["parts"]}
        if request["method"] != "message/stream":
            self.answer("application/json", json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode())
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        task = {"taskId": "t", "contextId": "c", "kind": "status-update", "final": False, "status": {"state": "working"}}
        self.event(request["id"], task)
        while not os.path.exists(sys.argv[3]):
            time.sleep(0.1)
        self.event(request["id"], task | {"final": True, "status": {"state": "completed"}})

    def event(self, request_id, result):
        self.wfile.write(b"data: " + json.dumps({"jsonrpc": "2.0", "id": request_id, "result": result}).encode() + b"\n\n")
        self.wfile.flush()

    def answer(self, kind, body):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Agent).serve_forever()
