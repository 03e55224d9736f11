"""The simulator of django-fingerprint-attendance against the example server.

What it proves: every punch that the simulator believes to be uploaded is in the file, none is there twice by serial, PIN and
local second, and the server's command comes back confirmed or failed. The simulator takes status 200 for success and looks at
nothing else: the form of the replies is tested over raw sockets in `tests/adapter.rs`.
"""

import datetime
import http.client
import itertools
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from fingerprint_attendance.testing import FIRMWARE, ADMSDeviceSimulator  # noqa: E402
from proxy import ANSWER_503, DROP_REPLY, HALF_CLOSE, PASS, Proxy  # noqa: E402

START = datetime.datetime(2026, 3, 2, 8, 0)


class Client:
    """What the simulator wants of a client, over real sockets."""

    def __init__(self, address):
        self.address = address

    def _send(self, method, url, body=None, headers=None):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            connection.request(method, url, body=body, headers={"Connection": "close", **(headers or {})})
            response = connection.getresponse()
            response.content = response.read()
            response.status_code = response.status
            return response
        finally:
            connection.close()

    def get(self, url, params, **_):
        return self._send("GET", f"{url}?{urllib.parse.urlencode(params)}")

    def post(self, url, data, content_type, **_):
        return self._send("POST", url, data, {"Content-Type": content_type})


class Server:
    """The example server, with its files in a folder of its own."""

    def __init__(self, folder):
        self.out = pathlib.Path(folder) / "punches.jsonl"
        self.log = pathlib.Path(folder) / "server.log"
        self.process = None
        self.start()

    def start(self):
        before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [os.environ["SERVER"], "--listen", "127.0.0.1:0", "--tz", "Asia/Kolkata", "--out", str(self.out)], stderr=log
            )
        while True:
            with self.log.open("rb") as log:
                log.seek(before)
                lines = [line for line in log.read().decode().splitlines(True) if line.startswith("listening on ") and line.endswith("\n")]
            if lines:
                break
            assert self.process.poll() is None, self.log.read_text()
        host, _, port = lines[0].split()[-1].rpartition(":")
        self.address = (host, int(port))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stored(self):
        return [(line["serial"], line["pin"], line["time"]) for line in map(json.loads, self.out.read_text().splitlines())]


class Judge(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(folder.name)
        self.addCleanup(lambda: self.server.kill())

    def device(self, firmware, address=None, **more):
        serial = f"SIM-{firmware}".upper()
        return ADMSDeviceSimulator(Client(address or self.server.address), serial=serial, firmware=firmware, **more)

    def punch(self, device, seconds, **more):
        for second in seconds:
            device.punch(str(1000 + second % 7), START + datetime.timedelta(seconds=second), status=second % 2, **more)

    def assert_complete(self, *devices, without=()):
        sent = {
            (device.serial, punch.pin, punch.when.isoformat())
            for device in devices
            for punch in device.log
            if punch not in without
        }
        stored = self.server.stored()
        self.assertEqual(set(stored), sent)
        self.assertEqual(len(stored), len(sent), "none twice")

    def test_every_profile_live_offline_and_again(self):
        devices = []
        for firmware in FIRMWARE:
            with self.subTest(firmware):
                device = self.device(firmware)
                devices.append(device)
                options = device.handshake()
                self.assertEqual(options["TimeZone"], "330")
                self.assertEqual(options["ATTLOGStamp"], "0")
                self.punch(device, range(20))
                device.go_offline()
                self.punch(device, range(20, 700))
                self.assertEqual({reply.status for reply in device.go_online()}, {200})
                self.assertEqual(device.pending(), [])
                # The stamp of the last committed upload comes back; without it the whole log is sent again.
                self.assertEqual(device.handshake()["ATTLOGStamp"], str(len(device.log)))
                device.uploaded = 0
                device.upload_pending(batch_size=128)
                device.ping()
        self.assert_complete(*devices)

    def test_users_and_templates_are_taken_and_not_stored(self):
        for firmware in FIRMWARE:
            with self.subTest(firmware):
                device = self.device(firmware)
                device.handshake()
                self.assertEqual(device.push_user("7", "Ann").text, "OK: 1")
                self.assertEqual(device.enroll_at_device("7", 1, b"template" * 64, name="Ann").text, "OK: 3")
        kept = pathlib.Path(f"{self.server.out}.other").read_text()
        self.assertIn("Name=Ann", kept)
        self.assertNotIn("dGVtcGxhdGV0", kept)

    def test_a_bad_line_costs_no_neighbour(self):
        device = self.device("push2")
        device.handshake()
        self.punch(device, range(50), upload=False)
        [reply] = device.upload_pending(corrupt_line=7)
        self.assertEqual(reply.text, "OK: 50")
        self.assert_complete(device, without=[device.log[7]])
        self.assertIn("garbage", pathlib.Path(f"{self.server.out}.other").read_text())

    def test_commands_come_back_confirmed_or_failed(self):
        for firmware, fails, outcome in (("legacy", {}, "Confirmed"), ("push2", {}, "Confirmed"), ("biodata", {"INFO": -1002}, "Failed")):
            with self.subTest(firmware):
                device = self.device(firmware, fail_commands=fails)
                device.handshake()
                self.assertEqual(device.run_commands(), ["INFO"])
                self.assertEqual(device.poll(), [], "sent once")
                device.ack([(1, fails.get("INFO", 0), "INFO", "")])
                log = self.server.log.read_text()
                self.assertIn(f"{device.serial}: command 1 INFO: {outcome}\n", log)
                self.assertIn(f"{device.serial}: command 1 INFO: Repeated\n", log)

    def through_faults(self, firmware, faults, kill=False):
        """Pushes through a proxy that commits a fault for every upload but each fourth, until all is acknowledged."""
        plan = itertools.cycle([*faults, PASS])

        def fault(request):
            return next(plan) if b"table=ATTLOG" in request.split(b"\r\n", 1)[0] else PASS

        proxy = Proxy(self.server.address, fault)
        self.addCleanup(proxy.close)
        device = self.device(firmware, proxy.address)
        self.punch(device, range(900), upload=False)
        for attempt in range(200):
            try:
                # Without a handshake it repeats what it had no reply for; with one it goes on where the server says.
                if attempt % 2 == 0:
                    device.handshake()
                device.upload_pending(batch_size=40)
            except (OSError, http.client.HTTPException):
                pass
            if kill and attempt % 5 == 2:
                self.server.kill()
                self.server.start()
                proxy.server = self.server.address
            if not device.pending():
                break
        self.assertEqual(device.pending(), [])
        for name in faults:
            self.assertGreater(proxy.counts[name], 0)
        self.assert_complete(device)

    def test_dropped_replies(self):
        self.through_faults("push2", [DROP_REPLY])

    def test_503(self):
        self.through_faults("legacy", [ANSWER_503])

    def test_requests_cut_in_half(self):
        self.through_faults("biodata", [HALF_CLOSE])

    def test_all_faults_and_a_server_that_is_killed(self):
        self.through_faults("push2", [DROP_REPLY, ANSWER_503, HALF_CLOSE], kill=True)


if __name__ == "__main__":
    unittest.main()
