"""The number of every bit pattern of FP8 E4M3 and E5M2, by the formulas of the OCP specification, as exact fractions.

OCP 8-bit Floating Point Specification (OFP8), revision 1.0, 2023: tables 1 and 2, whose limits are asserted below. Writes ocp.json beside
this file: 256 texts for each format, such as "-7/4", "-0", "inf", "nan".

    python3 test/formats/golden/ocp.py      (Python 3, no packages)
"""
import json
import os
from fractions import Fraction

# exponent bits, fraction bits, bias
E4M3 = (4, 3, 7)
E5M2 = (5, 2, 15)


def number(pattern, exponent_bits, fraction_bits, bias):
    sign = "-" if pattern >> 7 else ""
    exponent = (pattern >> fraction_bits) & (2**exponent_bits - 1)
    fraction = pattern & (2**fraction_bits - 1)
    special = exponent == 2**exponent_bits - 1
    if exponent_bits == 4 and special and fraction == 7:
        return "nan"
    if exponent_bits == 5 and special:
        return sign + "inf" if fraction == 0 else "nan"
    significand = Fraction(fraction, 2**fraction_bits) + (exponent > 0)
    return sign + str(significand * Fraction(2) ** (max(exponent, 1) - bias))


def table(form):
    return [number(pattern, *form) for pattern in range(256)]


e4m3, e5m2 = table(E4M3), table(E5M2)
# largest, smallest normal, largest subnormal, smallest subnormal
assert [e4m3[i] for i in (0b1111_110, 0b0001_000, 0b0000_111, 0b0000_001)] == ["448", "1/64", "7/512", "1/512"]
assert [e5m2[i] for i in (0b11110_11, 0b00001_00, 0b00000_11, 0b00000_01)] == ["57344", "1/16384", "3/65536", "1/65536"]
assert e4m3.count("nan") == 2 and e5m2.count("nan") == 6 and e5m2.count("inf") == 1

with open(os.path.join(os.path.dirname(__file__), "ocp.json"), "w") as f:
    json.dump({"e4m3": e4m3, "e5m2": e5m2}, f)
    f.write("\n")
