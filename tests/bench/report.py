"""How the benches print."""

import sys


def heading(text: str) -> None:
    sys.stdout.write(f"\n{text}\n{'-' * len(text)}" + "\n")


def row(name: str, figure: str, remark: str = "") -> None:
    sys.stdout.write(f"  {name:<34} {figure:<60} {remark}".rstrip() + "\n")


def verdict(target: str, *, is_met: bool) -> None:
    row("", f"{target}: {'yes' if is_met else 'MISSED'}")
