"""Prints the loops, segments and elements of one of pyx12's 837 maps, one JSON object a line."""

import json
import os
import sys
import xml.etree.ElementTree as tree

import pyx12


def codes(element):
    valid = element.find("valid_codes")
    return [] if valid is None else [code.text for code in valid.findall("code")]


def elements(segment):
    found = {}
    for part in segment:
        if part.tag == "element":
            found[f"{int(part.findtext('seq'))}"] = [part.findtext("usage"), codes(part)]
        elif part.tag == "composite":
            place = int(part.findtext("seq"))
            found[f"{place}"] = [part.findtext("usage"), []]
            for inner in part.findall("element"):
                found[f"{place}-{int(inner.findtext('seq'))}"] = [inner.findtext("usage"), codes(inner)]
    return found


def walk(loop, path):
    for part in loop:
        if part.tag == "loop":
            name = part.get("xid")
            inner = path + [name] if name[0].isdigit() else path
            if inner != path:
                line = {"loop": name, "usage": part.findtext("usage"), "max": part.findtext("repeat")}
                print(json.dumps({"path": "/".join(path), **line}))
            walk(part, inner)
        elif part.tag == "segment":
            line = {"segment": part.get("xid"), "usage": part.findtext("usage"), "max": part.findtext("max_use")}
            print(json.dumps({"path": "/".join(path), **line, "elements": elements(part)}))


walk(tree.parse(os.path.join(os.path.dirname(pyx12.__file__), "map", sys.argv[1])).getroot(), [])
