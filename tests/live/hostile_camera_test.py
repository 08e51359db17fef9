"""Cameras that lead elsewhere, by redirects and playlists, or send without end: they reach nobody, and fill no memory.

Usage: hostile_camera_test.py CAMFLEET.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

from hostile_servers import MIB, Describer, Network, Redirector, Victim, playlist, serve

CAMFLEET = sys.argv.pop(1)
RUN_SECONDS = 120
MOST_MEMORY = 400 * MIB  # 1 GB and more where a playlist has no end
NOT_HTTP = ("other-scheme.m3u8", "of-this-machine.m3u8")
EVIL = "?Action=BatchDeleteInstance&InstanceIds=1"


class HostileCamera(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.videos = self.folder / "videos"
        self.videos.mkdir()
        self.victim = Victim()
        self.addCleanup(self.victim.server_close)
        self.addCleanup(self.victim.shutdown)

    def make_video(self, name: str, *options: str) -> None:
        (self.videos / name).parent.mkdir(exist_ok=True)
        picture = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=60"]
        coded = ["-c:v", "libx264", "-g", "10", "-pix_fmt", "yuv420p"]
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", *picture, *coded, *options, name], check=True, cwd=self.videos
        )

    def run_it(self, sources: dict[str, str], kind: str = "REALTIME_STREAM") -> tuple[dict[str, dict], str, int]:
        """The row of each device, what was said, and the most memory that was resident."""
        instance = {
            "InstanceName": "all",
            "AlgorithmType": kind,
            "Devices": "*",
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "ScheduleType": "EVERYDAY",
            "ScheduleTimes": [{"StartTime": "00:00:06", "EndTime": "00:00:12"}],
        }
        scenario = {
            "name": "hostile",
            "clock": {"from": "2026-03-02T00:00:00Z", "for": "15s", "zone": "UTC"},
            "devices": [{"id": name, "source": source} for name, source in sources.items()],
            "instances": [instance],
        }
        (self.folder / "s.yaml").write_text(json.dumps(scenario))
        with (self.folder / "said.txt").open("w+") as said:
            command = [CAMFLEET, "run", str(self.folder / "s.yaml"), "--out", str(self.folder / "out")]
            process = subprocess.Popen(command, stdout=said, stderr=said)
            timer = threading.Timer(RUN_SECONDS, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            timer.cancel()
            said.seek(0)
            text = said.read()
        self.assertEqual(status, 0, text)
        rows = map(json.loads, (self.folder / "out" / "ledger.jsonl").read_text().splitlines())
        return {row["device"]: row for row in rows}, text, usage.ru_maxrss * 1024

    def test_it_leads_to_nobody(self) -> None:
        self.make_video("list.m3u8", "-hls_time", "1", "-hls_list_size", "0")
        at = f"http://127.0.0.1:{self.victim.port}/{EVIL}"
        first = "#EXTINF:1.0,\nlist0.ts"
        moved = {
            "/moved.m3u8": at,
            "/moved.flv": at,
            "/moved.mp4": at,
            "/moved.ts": at,
            "/by-name.m3u8": at.replace("127.0.0.1", "localhost"),
            "/by-number.m3u8": at.replace("127.0.0.1", "2130706433"),
            "/by-zero.m3u8": at.replace("127.0.0.1", "0.0.0.0"),
            "/by-mapped.m3u8": at.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
            "/two.m3u8": "/moved.m3u8",
            "/other-scheme.m3u8": f"rtmp://127.0.0.1:{self.victim.port}/x",
            "/of-this-machine.m3u8": "file:///etc/passwd",
        }
        said = {
            "/segment.m3u8": playlist(first, "#EXTINF:1.0,", at.replace("?", "a.ts?")),
            "/moved-segment.m3u8": playlist(first, "#EXTINF:1.0,", "moved.ts"),
            "/variant.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{at.replace('?', 'a.m3u8?')}\n".encode(),
            "/key.m3u8": playlist(f'#EXT-X-KEY:METHOD=AES-128,URI="{at}"', first),
            "/map.m3u8": playlist(f'#EXT-X-MAP:URI="{at}"', "#EXTINF:1.0,\na.m4s"),
            "/nested.m3u8": playlist("#EXTINF:1.0,", f"tcp://127.0.0.1:{self.victim.port}/a.ts"),
        }
        port = serve(self.videos, moved=moved, said=said)
        redirector = Redirector(f"rtsp://127.0.0.1:{self.victim.port}/cam")
        sources = {path[1:].replace(".", "-"): f"http://127.0.0.1:{port}{path}" for path in [*moved, *said]}
        del sources["moved-ts"]
        sources["rtsp"] = f"rtsp://127.0.0.1:{redirector.port}/cam"
        rows, text, _ = self.run_it(sources)
        self.assertEqual(self.victim.came, [], text)
        for name, row in rows.items():
            reason = "stream_corrupt" if sources[name].endswith(NOT_HTTP) else "camera_offline"
            if "segment" not in name:  # there is a first one, and its pictures
                self.assertEqual((row["outcome"], row["reason"]), ("missed", reason), f"{name}: {text}")
        self.assertIn(f"leads to 127.0.0.1:{self.victim.port}", rows["moved-m3u8"]["detail"])
        for words in (f"leads to 127.0.0.1:{self.victim.port}", f"#hosts=127.0.0.1:{self.victim.port} would"):
            self.assertIn(words, text)

    @unittest.skipIf(os.geteuid() != 0, "a network of its own is made by root alone")
    def test_from_another_network(self) -> None:
        try:
            network = Network()
        except (OSError, subprocess.SubprocessError) as error:
            self.skipTest(f"no network of its own can be made here: {error}")
        self.addCleanup(network.remove)
        self.make_video("list.m3u8", "-hls_time", "1", "-hls_list_size", "0")
        here = Victim(network.here)
        neighbour = network.within(lambda: Victim(network.neighbour))
        other_port = network.within(lambda: serve(self.videos, network.camera))
        targets = {
            "loopback": f"127.0.0.1:{self.victim.port}",
            "here": f"{network.here}:{here.port}",
            "neighbour": f"{network.neighbour}:{neighbour.port}",
            "itself": f"{network.camera}:{other_port}",
        }
        moved = {f"/{name}.m3u8": f"http://{at}/list.m3u8" for name, at in targets.items()}
        port = network.within(lambda: serve(self.videos, network.camera, moved=moved))
        sources = {name: f"http://{network.camera}:{port}/{name}.m3u8" for name in targets}
        for name, at in targets.items():
            led = network.within(lambda at=at: Redirector(f"rtsp://{at}/list", network.camera))
            sources[f"rtsp-{name}"] = f"rtsp://{network.camera}:{led.port}/cam"
        rows, text, _ = self.run_it(sources)
        self.assertEqual([*self.victim.came, *here.came, *neighbour.came], [], text)
        self.assertEqual(rows["itself"]["outcome"], "done", text)
        for name in ("loopback", "here", "neighbour"):
            for camera in (name, f"rtsp-{name}"):
                self.assertEqual(rows[camera]["reason"], "camera_offline", f"{camera}: {text}")
            self.assertIn(f"leads to {targets[name]}, which is neither", text)

    def test_it_leads_where_it_may(self) -> None:
        self.make_video("list.m3u8", "-hls_time", "1", "-hls_list_size", "0")
        self.make_video("closed/list.m3u8", "-hls_time", "1", "-hls_list_size", "0")
        self.make_video("clip.mp4")  # its index comes last
        key = self.folder / "key.bin"
        key.write_bytes(os.urandom(16))
        (self.videos / "key.bin").write_bytes(key.read_bytes())
        (self.folder / "key.txt").write_text(f"key.bin\n{key}\n")
        self.make_video("secret.m3u8", "-hls_time", "1", "-hls_list_size", "0", "-hls_key_info_file", "../key.txt")
        one_file = ["-hls_time", "1", "-hls_list_size", "0", "-hls_flags", "single_file"]
        self.make_video("ranges.m3u8", *one_file)
        other = serve(self.videos)
        moved = {"/x/moved.m3u8": "/list.m3u8", "/x/closed.m3u8": "/closed/list.m3u8", "/moved.mp4": "/parts/clip.mp4", "/away.m3u8": f"http://localhost:{other}/list.m3u8"}
        port = serve(self.videos, moved=moved)
        base = f"http://127.0.0.1:{port}"
        sources = {
            "moved": f"{base}/x/moved.m3u8",
            "moved-clip": f"{base}/moved.mp4",
            "enciphered": f"{base}/secret.m3u8",
            "login": f"http://viewer:s3cret@127.0.0.1:{port}/closed/list.m3u8",
            "login-moved": f"http://viewer:s3cret@127.0.0.1:{port}/x/closed.m3u8",
            "ranges": f"{base}/parts/ranges.m3u8",
            "named": f"{base}/away.m3u8#hosts=localhost:{other}",
            "named-by-address": f"{base}/away.m3u8#hosts=10.0.0.1,127.0.0.1",
        }
        rows, text, _ = self.run_it(sources)
        for name, row in rows.items():
            self.assertEqual(row["outcome"], "done", f"{name}: {row} {text}")
        refused, text, _ = self.run_it({"login": f"http://viewer:wrong@127.0.0.1:{port}/closed/list.m3u8"})
        self.assertEqual(refused["login"]["reason"], "camera_offline")
        self.assertIn("refuses the user or the password", text)
        self.assertIn("refuses the user or the password", refused["login"]["detail"])
        self.assertNotIn("wrong", refused["login"]["detail"])

    def test_it_names_variants_later(self) -> None:
        """FFmpeg 5.1 does not survive a playlist that names variants when it is read again."""
        self.make_video("list.m3u8", "-hls_time", "1", "-hls_list_size", "0")
        live = playlist("#EXTINF:1.0,\nlist0.ts", "#EXTINF:1.0,\nlist1.ts")
        more = b"#EXT-X-STREAM-INF:BANDWIDTH=1\nother.m3u8\n", b'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a"\n'
        later = {f"/live{i}.m3u8": [live, live + line] for i, line in enumerate(more)}
        port = serve(self.videos, later=later)
        sources = {path[1:6]: f"http://127.0.0.1:{port}{path}" for path in later}
        rows, text, _ = self.run_it(sources)
        self.assertEqual(len(rows), len(sources), text)
        self.assertIn("a playlist of its playlist names variants again", text)

    def test_it_sends_without_end(self) -> None:
        endless = {
            "/playlist.m3u8": (playlist(), b"#EXTINF:1,\na\n"),
            "/junk.flv": (b"FLV\x01\x05\0\0\0\x09\0\0\0\0", b"\x12\xff\xff\xff" + bytes(1020)),
            "/tags.m3u8": (playlist(), b"#EXT-X-SOMETHING\n"),
            "/clip.mp4": (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2\xff\xff\xff\xf0moov", b"\0\0\4\0free" + bytes(1016)),
        }
        long = "k" * 3900
        said = {
            "/variants.m3u8": playlist(*["#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8"] * 100_000),
            # FFmpeg keeps the whole URL of each segment and of its key.
            "/keys.m3u8": playlist(f'#EXT-X-KEY:METHOD=AES-128,URI="{long}"', *["#EXTINF:1,\na.ts"] * 40_000),
            f"/{long}/urls.m3u8": playlist(*["#EXTINF:1,\na.ts"] * 40_000),
            "/nested.m3u8": b"#EXTM3U\n" + b"#EXT-X-STREAM-INF:BANDWIDTH=1\nnested.m3u8\n" * 60,
        }
        moved = {"/urls.m3u8": f"/{long}/urls.m3u8"}
        port = serve(self.videos, endless=endless, said=said, moved=moved)
        names = [*endless, *said, *moved]
        sources = {
            path[1:].replace(".", "-"): f"http://127.0.0.1:{port}{path}" for path in names if long not in path
        }
        rows, text, memory = self.run_it(sources)
        print(f"most memory {memory / MIB:.0f} MiB")
        self.assertLess(memory, MOST_MEMORY, text)
        for name, row in rows.items():
            self.assertEqual((row["outcome"], row["reason"]), ("missed", "stream_corrupt"), f"{name}: {text}")
        for words in ("names variants again", "the URLs of its playlist have", "playlist has more than 8 MiB", "and no picture of it", "more than 64 variants"):
            self.assertIn(words, text)

    def test_it_describes_itself_without_end(self) -> None:
        media = b"m=video 0 RTP/AVP 96\n"
        cameras = {
            "large": Describer(500 * MIB, b"a=x:y\n"),
            "larger": Describer(500 * MIB, media),
            "beyond-int": Describer((4 << 30) + 600, media),
            "below-0": Describer(500 * MIB - (4 << 30), media),
            "login": Describer(500 * MIB, media, login=True),
        }
        sources = {name: f"rtsp://viewer:s3cret@127.0.0.1:{one.port}/cam" for name, one in cameras.items()}
        rows, text, memory = self.run_it(sources)
        print(f"most memory {memory / MIB:.0f} MiB")
        self.assertLess(memory, MOST_MEMORY, text)
        for name, row in rows.items():
            self.assertEqual((row["outcome"], row["reason"]), ("missed", "stream_corrupt"), f"{name}: {text}")
        self.assertIn("answers with a description of 524288000 bytes; at most 65536 are read", text)

    def test_it_names_many_media(self) -> None:
        cameras = [Describer((64 << 10), b"m=video 0 RTP/AVP 96\n", login=i % 2 == 1) for i in range(8)]
        sources = {f"c{i}": f"rtsp://viewer:s3cret@127.0.0.1:{one.port}/cam" for i, one in enumerate(cameras)}
        rows, text, memory = self.run_it(sources)
        print(f"most memory {memory / MIB:.0f} MiB")
        self.assertLess(memory, MOST_MEMORY, text)
        self.assertEqual({row["outcome"] for row in rows.values()}, {"missed"}, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
