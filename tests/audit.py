"""Ask whether what is installed beside us has a known vulnerability: ``tox run -e audit``.

OSV is asked and not the package index: of what an index does not know, pip-audit only
says that it was skipped, and ends well.
"""

import subprocess
import sys


def main() -> int:
    """Return pip-audit's exit status, or 2 where nobody could be asked."""
    asked = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv"),
            *("--skip-editable", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
    )
    if "ConnectionError" in asked.stderr or "ConnectTimeout" in asked.stderr:
        print("Nothing was audited: the vulnerability service can't be reached.")
        return 2
    print(asked.stdout, asked.stderr)
    return asked.returncode


if __name__ == "__main__":
    sys.exit(main())
