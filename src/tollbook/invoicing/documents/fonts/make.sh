#!/bin/sh
# Makes the fonts of this folder again. Needs `fonttools` and `pyftsubset` (PyPI: fonttools, brotli) and four unpacked sources:
#   make.sh INTER NOTO DROID DEJAVU
# INTER   folder `web` of the npm package inter-ui 4.1.1
# NOTO    folder with NotoSans*-Regular.ttf (Debian fonts-noto-core)
# DROID   DroidSansFallbackFull.ttf (Debian fonts-droid-fallback)
# DEJAVU  DejaVuSans.ttf (Debian fonts-dejavu-core)
set -eu
[ $# -eq 4 ] || { echo "usage: make.sh INTER NOTO DROID DEJAVU" >&2; exit 2; }
cd "$(dirname "$0")"

latin=U+0020-007E,U+00A0-024F,U+0259,U+02B0-02FF,U+0300-036F,U+0370-03FF,U+0400-052F,U+1E00-1FFF
marks=U+2000-209F,U+20A0-20C0,U+2100-218F,U+2190-2199,U+2202,U+2206,U+220F,U+2211,U+2212,U+2215,U+221A,U+221E
shapes=U+2248,U+2260,U+2264,U+2265,U+25A0,U+25A1,U+25CB,U+25CF,U+2713,U+2717,U+FB01,U+FB02,U+FEFF,U+FFFD
# No `calt`: Inter would draw an arrow where a customer wrote "->".
for weight in Regular Medium SemiBold; do
    fonttools ttLib.woff2 decompress -o inter.tmp "$1/Inter-$weight.woff2"
    pyftsubset inter.tmp --unicodes="$latin,$marks,$shapes" --no-hinting --desubroutinize \
        --layout-features=kern,mark,mkmk,ccmp,locl,tnum,lnum,case --output-file="Inter-$weight.ttf"
    rm inter.tmp
done
for script in Arabic Armenian Bengali Devanagari Georgian Gujarati Gurmukhi Hebrew Kannada Khmer Lao Malayalam \
    Tamil Telugu Thai; do
    pyftsubset "$2/NotoSans$script-Regular.ttf" --unicodes='*' --layout-features='*' --no-hinting \
        --output-file="NotoSans$script-Regular.ttf"
done
# Chinese, Japanese and Korean: what the national character sets of everyday use hold.
python3 - > cjk.tmp <<'PY'
def block(encoding, first, last):
    for lead in range(first, last + 1):
        for trail in range(0x40, 0xFF):
            try:
                text = bytes([lead, trail]).decode(encoding)
            except UnicodeDecodeError:
                continue
            if len(text) == 1:
                yield ord(text)


wanted = {*block("gb2312", 0x81, 0xFE), *block("shift_jis", 0x81, 0x98), *block("big5", 0xA4, 0xC6)}
wanted |= {c for c in block("euc_kr", 0x81, 0xFE) if 0xAC00 <= c <= 0xD7A3}
wanted |= {*range(0x3000, 0x3100), *range(0xFF00, 0xFFF0)}
print(",".join(f"U+{c:04X}" for c in sorted(wanted) if c >= 0x2E80))
PY
pyftsubset "$3" --unicodes-file=cjk.tmp --no-hinting --layout-features= --output-file=DroidSansFallback-CJK.ttf
rm cjk.tmp
pyftsubset "$4" --no-hinting --layout-features= --output-file=DejaVuSans-Symbols.ttf \
    --unicodes=U+25A0-25FF,U+2600-27BF,U+2B00-2BFF,U+1F300-1F64F,U+1F680-1F6FF,U+1F900-1F9FF
