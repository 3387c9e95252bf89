#!/usr/bin/env bash
# usage: make-torchsharp-load.sh FOLDER      FOLDER holds the built copy of libLibTorchSharp.so
#
# TorchSharp 0.107 was linked against GCC 13's libstdc++ and asks for its version GLIBCXX_3.4.32, which Debian 12 and Ubuntu 22.04 lack. It
# needs it for one symbol, std::ios_base_library_init(), whose whole purpose is to make the linker ask for a library that initialises
# std::cout by itself. Older libraries leave that to every object file that includes <iostream>, and libtorch's objects do.
# Where the installed libstdc++ is too old, this script edits the copy in FOLDER (never the package cache):
#   1. the request for GLIBCXX_3.4.32 becomes weak: the loader no longer refuses the library;
#   2. the call goes to getpid(), without a version: a function without arguments or effects that is always there.
# Where the libstdc++ is new enough, or the copy is edited already, it does nothing.
set -euo pipefail
folder=${1:?usage: make-torchsharp-load.sh FOLDER}
python3 - "$folder/libLibTorchSharp.so" <<'PY'
import ctypes, os, shutil, struct, sys

VERSION, SYMBOL, STAND_IN = b"GLIBCXX_3.4.32", b"_ZSt21ios_base_library_initv", b"getpid"
WEAK, UNVERSIONED = 2, 1


def installed_library_has_version():
    ctypes.CDLL("libstdc++.so.6")
    with open("/proc/self/maps") as maps:
        path = next(line.split()[-1] for line in maps if "libstdc++.so.6" in line)
    return VERSION + b"\0" in open(path, "rb").read()


def sections(image):
    """Name -> (offset, size) of every section of a 64-bit little-endian ELF file."""
    table, = struct.unpack_from("<Q", image, 40)
    size, count, names = struct.unpack_from("<HHH", image, 58)
    headers = [struct.unpack_from("<IIQQQQ", image, table + i * size) for i in range(count)]
    return {text(image, headers[names][4] + h[0]): (h[4], h[5]) for h in headers}


def text(image, at):
    return bytes(image[at:image.index(b"\0", at)])


def version_requests(image, at, strings):
    """Offset of every entry of the version requests, with the version's name."""
    while True:
        count, entry, following = struct.unpack_from("<2xH4xII", image, at)
        entry += at
        for _ in range(count):
            name, step = struct.unpack_from("<II", image, entry + 8)
            yield entry, text(image, strings + name)
            entry += step
        if not following:
            return
        at += following


def relax(image):
    """Edits the image; false when there is nothing (left) to edit."""
    found = sections(image)
    strings = found[b".dynstr"][0]
    for entry, name in version_requests(image, found[b".gnu.version_r"][0], strings):
        if name == VERSION:
            flags, index = struct.unpack_from("<HH", image, entry + 4)
            if flags & WEAK:
                return False
            struct.pack_into("<H", image, entry + 4, flags | WEAK)
            break
    else:
        return False
    symbols, size = found[b".dynsym"]
    versions = found[b".gnu.version"][0]
    for number in range(size // 24):
        name = strings + struct.unpack_from("<I", image, symbols + number * 24)[0]
        if struct.unpack_from("<H", image, versions + number * 2)[0] != index:
            continue
        if text(image, name) != SYMBOL:
            sys.exit(f"{text(image, name).decode()} needs {VERSION.decode()} too: this TorchSharp cannot run on the installed libstdc++.")
        image[name:name + len(SYMBOL)] = STAND_IN.ljust(len(SYMBOL), b"\0")
        struct.pack_into("<H", image, versions + number * 2, UNVERSIONED)
    return True


path = sys.argv[1]
image = bytearray(open(path, "rb").read())
if installed_library_has_version():
    print(f"{os.path.basename(path)}: the installed libstdc++ is new enough, nothing to do")
elif not relax(image):
    print(f"{os.path.basename(path)}: edited already, or never in need of it")
else:
    with open(path + ".new", "wb") as copy:
        copy.write(image)
    shutil.copystat(path, path + ".new")  # the same time, so that the next build keeps the edited copy
    os.replace(path + ".new", path)
    print(f"{os.path.basename(path)}: edited to load with the installed libstdc++")
PY
