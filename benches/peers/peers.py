"""Measures one Python package over one file: peers.py NAME FILE RUNS

Prints one JSON object: the median of the processor time of this process (all its threads) in
seconds, the peak of its memory, and a note. One process measures one thing, so that the peak is its
own. Each run refuses to be counted when the package does not take the whole file.
"""

import json
import logging
import statistics
import sys
import time


def oxedi(path):
    """The whole file parsed into tables; its diagnostics include balances (its level 3)."""
    import oxedi

    with open(path, "rb") as file:
        text = file.read()

    def run():
        result = oxedi.parse(text)
        return lambda: same(len(result.diagnostics), 0) and same(
            result.count_claims(), text.count(b"~CLP*")
        )

    return run


def oxedi_stream(path):
    """The same transaction by transaction, nothing kept: the whole text must be in memory."""
    import oxedi

    with open(path, "rb") as file:
        text = file.read()

    def run():
        claims = faults = 0
        for batch in oxedi.stream(text):
            claims += len(batch.tables["claims"])
            faults += len(batch.diagnostics)
        return lambda: same(faults, 0) and same(claims, text.count(b"~CLP*"))

    return run


def x12sdk(path):
    """Each transaction set as a validated model."""
    from x12sdk.io import X12ModelReader

    with open(path) as file:
        text = file.read()

    def run():
        claims = 0
        with X12ModelReader(path) as reader:
            for model in reader.models():
                claims += sum(1 for _ in model.claims())
        return lambda: same(claims, text.count("~CLM*"))

    return run


def pyx12(path):
    """The verdict and its errors, without a 999 and without HTML."""
    import pyx12.params
    import pyx12.x12n_document

    logging.disable(logging.CRITICAL)

    def run():
        accepted = pyx12.x12n_document.x12n_document(
            param=pyx12.params.params(), src_file=path, fd_997=None, fd_html=None
        )
        return lambda: same(accepted, True)

    return run


def same(found, expected):
    if found != expected:
        sys.exit(f"expected {expected}, found {found}: this run would not be of the whole file")
    return True


def peak_kib():
    """Of this program alone: ru_maxrss would begin with what its parent held."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main(name, path, runs):
    run = {"oxedi": oxedi, "oxedi-stream": oxedi_stream, "x12sdk": x12sdk, "pyx12": pyx12}[name](path)
    times = []
    for _ in range(runs):
        start = time.process_time()
        check = run()
        times.append(time.process_time() - start)
        check()
    peak = peak_kib() / 1024
    version = sys.version_info
    note = f"Python {version.major}.{version.minor}"
    print(json.dumps({"seconds": statistics.median(times), "peak_mib": peak, "note": note}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
