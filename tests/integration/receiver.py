#!/usr/bin/env python3
"""
For systemd-guest.sh: what the daemon talks to over the network.

    receiver.py PORT FOLDER DNS-PORT NAME    keeps each message that is posted to 127.0.0.1:PORT as a file in FOLDER, and is a
                                             name server for NAME, which it says is at 127.0.0.1
    receiver.py --verify FOLDER SECRET       ends with 0 if there are messages and each is signed as Standard Webhooks says
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import socket
import struct
import sys
import threading


def keep(folder):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            message = {'headers': {k.lower(): v for k, v in self.headers.items()},
                       'body': self.rfile.read(int(self.headers['Content-Length'])).decode()}
            path = os.path.join(folder, message['headers']['webhook-id'])
            with open(path + '.new', 'w', encoding='utf-8') as f:
                json.dump(message, f)
            os.rename(path + '.new', path)
            self.send_response(204)
            self.end_headers()
    return Handler


def serve_names(port, name):
    """RFC 1035, the little of it that one name takes: an A record; no answer to anything else about it."""
    question = b''.join(bytes([len(part)]) + part.encode() for part in name.split('.')) + b'\0'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('127.0.0.1', port))
        while True:
            asked, peer = s.recvfrom(512)
            end = asked.index(b'\0', 12) + 5
            known, is_a = asked[12:].lower().startswith(question), asked[end - 4:end - 2] == b'\0\1'
            head = asked[:2] + struct.pack('!HHHHH', 0x8580 | (0 if known else 3), 1, known and is_a, 0, 0)
            answer = b'\xc0\x0c\0\1\0\1' + struct.pack('!IH', 60, 4) + bytes([127, 0, 0, 1]) if known and is_a else b''
            s.sendto(head + asked[12:end] + answer, peer)


def verify(folder, secret):
    names = os.listdir(folder)
    for name in names:
        with open(os.path.join(folder, name), encoding='utf-8') as f:
            message = json.load(f)
        h = message['headers']
        text = f'{h["webhook-id"]}.{h["webhook-timestamp"]}.{message["body"]}'.encode()
        want = base64.b64encode(hmac.new(base64.b64decode(secret[len('whsec_'):]), text,
                                         hashlib.sha256).digest()).decode()
        if f'v1,{want}' not in h['webhook-signature'].split():
            sys.exit(f'{name} is not signed with the secret')
    print(f'{len(names)} messages are signed')
    return 0 if names else 1


if sys.argv[1] == '--verify':
    sys.exit(verify(*sys.argv[2:]))
os.makedirs(sys.argv[2], exist_ok=True)
threading.Thread(target=serve_names, args=(int(sys.argv[3]), sys.argv[4]), daemon=True).start()
http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), keep(sys.argv[2])).serve_forever()
