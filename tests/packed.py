"""What a page holds, unpacked again."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

BLOCK = re.compile(r'<script type="application/octet-stream" (?:id="kg-data"|class="kg-words")>([^<]*)</script>')


def unpack(letters: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(letters, validate=True)))


def read_page(html: str) -> dict[str, Any]:
    """Return nodes, edges and page of a picture, with all its evidence in `page`."""
    blocks = [unpack(block) for block in BLOCK.findall(html)]
    data: dict[str, Any] = blocks[0]
    data["page"]["evidence"] = [record for portion in blocks[1:] for record in portion]
    return data
