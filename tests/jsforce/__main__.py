"""Run jsforce against a Salesforce of its own: `make jsforce`."""

import os
import subprocess
import sys
from pathlib import Path

from syncing.sandbox.testing import running_sandbox

HERE = Path(__file__).parent

subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True)
with running_sandbox(people=300, limits=False) as sandbox:
    told = {
        "SALESFORCE_URL": sandbox.salesforce.base_url,
        "CLIENT_ID": sandbox.salesforce.client_id,
        "CLIENT_SECRET": sandbox.salesforce.client_secret,
    }
    check = subprocess.run(
        ["node", "--test", "check.mjs"], check=False, cwd=HERE, env={**os.environ, **told}
    )
sys.exit(check.returncode)
