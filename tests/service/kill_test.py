"""kill -9 at random moments: what was acknowledged holds, every slice has one outcome, no id comes twice.

Usage: kill_test.py CAMFLEET [ROUNDS] [SEED]. The seed is printed first; it gives the same plan of kills, not the same
interleaving.
"""

import random
import sys
import unittest

import storm

CAMFLEET = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**9)


class Kill(storm.Storm):
    binary = CAMFLEET
    seed = SEED

    def end(self, starting: bool = False) -> None:
        self.server.kill()

    def test_rounds(self) -> None:
        self.run_rounds(ROUNDS)
        said = (
            f"{self.calls} calls, {self.ends} kills, {self.opened} slices open at them, {len(self.ended)} ended, "
            f"{self.found} findings"
        )
        print(said, file=sys.stderr)


if __name__ == "__main__":
    print(f"seed {SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=sys.argv[:1])
