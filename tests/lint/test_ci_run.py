""".ci/run: where it looks for weights and clips, and that no test is skipped for want of those that are there."""

import os
import pathlib
import shutil
import subprocess
import unittest

from trees import TreeTest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / ".ci" / "run"
VARIABLES = ("CAMFLEET_MODELS", "CAMFLEET_FOOTAGE")
SAY_BOTH = 'echo "models=${CAMFLEET_MODELS-unset} footage=${CAMFLEET_FOOTAGE-unset}"\n'


class CiRun(TreeTest):
    def run_with(self, tests: str, **variables: str) -> subprocess.CompletedProcess:
        """Runs .ci/run in a checkout whose tools/test is this script."""
        for stage in ("setup", "check"):
            self.write(f"checkout/tools/{stage}", "#!/usr/bin/env bash\n", 0o755)
        self.write("checkout/tools/test", "#!/usr/bin/env bash\n" + tests, 0o755)
        copy = self.root / "checkout/.ci/run"
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(SCRIPT, copy)
        environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        return subprocess.run(
            [copy], env={**environment, **variables}, capture_output=True, text=True, timeout=60, check=False
        )

    def provide(self, *folders: str) -> None:
        for folder in folders:
            (self.root / "shared" / folder).mkdir(parents=True)

    def test_folders_beside_the_checkout_are_taken(self):
        self.provide("models", "footage")
        run = self.run_with(SAY_BOTH)
        self.assertEqual(run.returncode, 0, run.stderr)
        beside = self.root / "shared"
        self.assertIn(f"models={beside}/models footage={beside}/footage", run.stdout)

    def test_what_is_set_stays_and_what_is_not_there_stays_unset(self):
        self.provide("models")
        run = self.run_with(SAY_BOTH, CAMFLEET_MODELS="/mine")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("models=/mine footage=unset", run.stdout)

    def test_a_skip_for_want_of_what_is_there_fails(self):
        self.provide("models", "footage")
        for name in VARIABLES:
            run = self.run_with(f'echo "skipped: some.Test: no film in {name}"\n')
            self.assertEqual(run.returncode, 1, run.stdout)
            self.assertIn("skipped: some.Test", run.stderr)
            self.assertIn(f".ci/run: {name} is ", run.stderr)

    def test_other_skips_do_not(self):
        self.provide("models")
        for reason in ("no film in CAMFLEET_FOOTAGE", "the sanitizer keeps freed memory"):
            run = self.run_with(f'echo "skipped: some.Test: {reason}"\n')
            self.assertEqual(run.returncode, 0, run.stderr)

    def test_a_failure_stays_one(self):
        run = self.run_with("exit 7\n")
        self.assertEqual(run.returncode, 7)
        self.assertIn("(exit 7)", run.stdout)


if __name__ == "__main__":
    unittest.main()
