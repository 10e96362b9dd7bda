"""Says which PyTorch this is and which matrix library it runs on, as one line of JSON."""
import ctypes
import json
import re

import torch


def blas():
    """From the libraries that are loaded: Debian's PyTorch takes whichever BLAS the machine offers."""
    torch.ones(64, 64) @ torch.ones(64, 64)
    try:
        loaded = open("/proc/self/maps").read()
    except OSError:
        loaded = ""
    openblas = re.search(r"\S*openblas\S*\.so\S*", loaded)
    if openblas:
        config = ctypes.CDLL(openblas.group()).openblas_get_config
        config.restype = ctypes.c_char_p
        return " ".join(config().decode().split()[:2])
    found = re.search(r"libmkl|libblis|libblas", loaded)
    if found:
        return found.group()
    setting = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    return setting.group(1) if setting else "unknown"


print(json.dumps({"torch": torch.__version__, "blas": blas()}))
