"""scorepack beside its peers: same models, same rows, interleaved rounds, one thread, CPU time.

    cargo build --release && python3 benches/peers

Makes its own virtual environment in .venvs/benches and its models in target/benches, and writes docs/benchmarks.md and
docs/benchmarks.svg. benches/README.md says how to read the ratios.
"""

import argparse
import importlib
import sys
from pathlib import Path

import environment

# In the order of the document.
FAMILIES = ["trees", "forests", "estimators", "tables", "text", "dense", "commands", "cores", "large", "partitions"]


def options():
    parser = argparse.ArgumentParser(prog="python3 benches/peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scorepack", type=Path, default=environment.ROOT / "target" / "release" / "scorepack")
    parser.add_argument("--only", metavar="FAMILIES", help=f"some of {','.join(FAMILIES)}; the others keep their last results")
    parser.add_argument("--models", metavar="MODELS", help="some models of them, such as m1,l2")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--modules", type=Path, action="append", default=[], metavar="DIR",
                        help="also measure DIR/<model>.wasm, of another build; repeatable")
    parser.add_argument("--render-only", action="store_true", help="write the document from the last results")
    parser.add_argument("--no-render", action="store_true", help="measure and print, but keep results and document as they are")
    return parser.parse_args()


def main():
    asked = options()
    from batch import Session
    from results import Results

    environment.WORK.mkdir(parents=True, exist_ok=True)
    results = Results()
    chosen = asked.only.split(",") if asked.only else FAMILIES
    if unknown := set(chosen) - set(FAMILIES):
        raise SystemExit(f"no family {', '.join(sorted(unknown))}: expected some of {', '.join(FAMILIES)}")
    session = Session(asked.scorepack, asked.rounds, asked.modules, set(asked.models.split(",")) if asked.models else None)
    for name in [] if asked.render_only else chosen:
        print(f"family {name}", file=sys.stderr, flush=True)
        rows = importlib.import_module(name).run(session)
        if not asked.no_render:
            results.save(name, rows)
    if not asked.no_render:
        import render

        render.write(results, FAMILIES)


if __name__ == "__main__":
    environment.enter()
    main()
