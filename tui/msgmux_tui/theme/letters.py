"""Large letters, for text that is read from the last row of a lecture room: 5 by 7 points in 3 by 4 cells.

Points are drawn with the quadrants of a cell, so that a line of 120 cells takes 40 letters. The letters are those of
5 × 7 dot displays. Each is five columns from left to right; the lowest bit of a column is its topmost point.
"""

CELLS, ROWS = 3, 4
"""The width and height of a letter in cells, with the space to its neighbours."""

_COLUMNS = """\
!00005f0000 "0007000700 #147f147f14 $242a7f2a12 %2313086462 &3649562050 '0000070000 (001c224100 )0041221c00
*2a1c7f1c2a +08083e0808 ,0080703000 -0008080808 .0000606000 /2010080402 03e5149453e 100427f4000 27249494946 32141494d33
41814127f10 52745454539 63c4a494931 74121110907 83649494936 9464949291e :0000140000 ;0040340000 <0008142241 =1414141414
>0041221408 ?0201590906 @3e415d594e A7c1211127c B7f49494936 C3e41414122 D7f4141413e E7f49494941 F7f09090901 G3e41415173
H7f0808087f I00417f4100 J2040413f01 K7f08142241 L7f40404040 M7f021c027f N7f0408107f O3e4141413e P7f09090906 Q3e4151215e
R7f09192946 S2649494932 T03017f0103 U3f4040403f V1f2040201f W3f4038403f X6314081463 Y0304780403 Z6159494d43 [007f414141
\\0204081020 ]004141417f ^0402010204 _4040404040 `0003070800 a2054547840 b7f28444438 c3844444428 d384444287f e3854545418
f00087e0902 g18a4a49c78 h7f08040478 i00447d4000 j2040403d00 k7f10284400 l00417f4000 m7c04780478 n7c08040478 o3844444438
pfc18242418 q18242418fc r7c08040408 s4854545424 t04043f4424 u3c4040207c v1c2040201c w3c4030403c x4428102844 y4c9090907c
z4464544c44 {0008364100 |0000770000 }0041360800 ~0201020402 ✓1020408060 ✗2214081422 →08082a1c08 …4000400040 ·0000181800
–0808080808 —0808080808 ×2214081422 ’0000070000 “0700070000 ”0700070000 ▸007f3e1c08
"""


def _letters() -> dict[str, tuple[int, ...]]:
    made: dict[str, tuple[int, ...]] = {" ": (0,) * 5}
    for word in _COLUMNS.split():
        made[word[0]] = tuple(bytes.fromhex(word[1:]))
    return made


LETTERS = _letters()
QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the sum of its filled quarters: upper left 1, upper right 2, lower left 4, lower right 8."""


def enlarged(text: str) -> list[str]:
    """``text`` as :data:`ROWS` rows of ``CELLS * len(text)`` cells. A character without a letter is a question mark."""
    columns: list[int] = []
    for character in text:
        columns += [*LETTERS.get(character, LETTERS["?"]), 0]
    rows: list[str] = []
    for y in range(0, 2 * ROWS, 2):
        cells: list[str] = []
        for x in range(0, len(columns), 2):
            left, right = columns[x] >> y, columns[x + 1] >> y
            cells.append(QUADRANTS[(left & 1) | (right & 1) << 1 | (left & 2) << 1 | (right & 2) << 2])
        rows.append("".join(cells))
    return rows
