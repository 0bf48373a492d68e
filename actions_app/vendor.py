"""Fetch the vendored static files by pinned version and check them against their SHA-256.

`python -m actions_app.vendor` fails when a package differs from what the manifest records;
with `--record` it writes the checksums of what it fetched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "static" / "vendor" / "manifest.json"


def fetch(name: str, version: str, folder: Path) -> Path:
    """Download the npm package and return the path of its archive."""
    result = subprocess.run(
        ["npm", "pack", "--silent", f"{name}@{version}"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return folder / result.stdout.split()[-1]


def member(archive: Path, path: str) -> bytes:
    with tarfile.open(archive) as package:
        file = package.extractfile(f"package/{path}")
        if file is None:
            raise FileNotFoundError(path)
        return file.read()


def vendored(archive: Path, path: str) -> bytes:
    """The file as it is kept: without its source map, which collectstatic would look for."""
    content = member(archive, path)
    if path.endswith(".css"):
        return re.sub(rb"\s*/\*# sourceMappingURL=\S+\s*\*/", b"", content)
    return re.sub(rb"\n//# sourceMappingURL=\S+\s*$", b"\n", content)


def symbol(name: str, svg: str) -> str:
    """Turn one icon file into a `<symbol>` of the sprite."""
    body = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    shapes = " ".join(body.split()).replace(
        '<path stroke="none" d="M0 0h24v24H0z" fill="none" />', ""
    )
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24">{re.sub(r"> <", "><", shapes).strip()}</symbol>'
    )


def sprite(archive: Path, names: list[str]) -> bytes:
    symbols = "\n".join(
        symbol(name, member(archive, f"icons/outline/{name}.svg").decode())
        for name in sorted(names)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'.encode()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    manifest: dict[str, Any] = json.loads(MANIFEST.read_text())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written: dict[str, bytes] = {}
        for package in manifest["packages"]:
            archive = fetch(package["name"], package["version"], folder)
            for source, target in package["files"].items():
                written[target] = vendored(archive, source)
        icons = manifest["icons"]
        archive = fetch(icons["name"], icons["version"], folder)
        written[icons["sprite"]] = sprite(archive, icons["outline"])
    checksums = {target: hashlib.sha256(content).hexdigest() for target, content in written.items()}
    if options.record:
        manifest["sha256"] = checksums
        MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")
    if checksums != manifest["sha256"]:
        sys.stderr.write("A fetched file differs from its recorded SHA-256; nothing was written.\n")
        return 1
    for target, content in written.items():
        (ROOT / target).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / target).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
