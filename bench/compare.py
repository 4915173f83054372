"""Compare container engines on one machine, in one run, as ratios.

    compare.py --engines FILE [--only hutch,docker] [--measures run-none,exec] [--rounds N]

FILE is a JSON list of engines. Fields: ``name``; ``cli`` (command prefix that takes docker's verbs); ``socket`` (unix
socket of the Engine API); ``kind`` "engine", "oci" (a bare runtime with runc's command line), "skopeo" or "tar" (those
programs); ``enter_pid_file`` (oci: run inside that process' mount namespace); ``pid_file`` (of the daemon); ``helpers``
(words in the command line of further processes that count as the engine's memory); ``log_args``; ``image`` (with
busybox in it; loaded beforehand);
``remove`` (the words that remove a container at once); ``registry`` (host:port of a registry that the engine reaches)
and ``registry_data`` (the folder of that registry, which ``push`` and ``pull`` empty).

The measures are the files of ``measures/``, each with a ``MEASURE``.

Engines take turns inside every round and the order rotates, so that noise of the machine hits all of them alike.
What is printed is the median of the per-round ratios to the first engine, never a time alone.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

from bundle import folder_of_this_run
from engine import Engine
from measure import compare, known


def main() -> int:
    """Run the command line above."""
    measures = known()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--measures", default=",".join(measures))
    parser.add_argument("--rounds", type=int)
    args = parser.parse_args()
    engines = [Engine(spec) for spec in json.loads(Path(args.engines).read_text())]
    if args.only:
        wanted = args.only.split(",")
        engines = sorted((e for e in engines if e.name in wanted), key=lambda e: wanted.index(e.name))
    try:
        for name in args.measures.split(","):
            for line in compare(measures[name], engines, args.rounds):
                print(line, flush=True)
    finally:
        shutil.rmtree(folder_of_this_run(), ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
