"""Runs the judge's script with pyx12's maps read once, not again for every file.

usage: python judge.py SCRIPT FILE...: what SCRIPT prints for the files.
"""
import functools
import runpy
import sys

import pyx12.map_if

load = pyx12.map_if.load_map_file


@functools.cache
def once(map_file, map_path=None):
    import pyx12.params

    return load(map_file, pyx12.params.params(), map_path)


pyx12.map_if.load_map_file = lambda map_file, param, map_path=None: once(map_file, map_path)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
