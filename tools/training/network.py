"""The span tagger as a torch module."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from encoder import HIDDEN, load_encoder
from torch import Tensor, nn
from torch.nn import functional as F

from extract.learning.tagging import LAC_CODES, LONGEST, WORD_CODES
from ontology.model import ENTITY_CLASSES

HEAD = 32


class Tagger(nn.Module):
    """Scores (batch, class, first character, length - 1) from characters, word codes and LAC codes.

    An efficient GlobalPointer: one query and one key a class and character, turned by rotary positions,
    and their product for all pairs up to `LONGEST` apart.
    """

    def __init__(self, jar: Path, characters: list[str]) -> None:
        super().__init__()
        self.classes = len(ENTITY_CLASSES)
        self.encoder = load_encoder(jar, characters)
        self.word_in, self.lac_in = nn.Embedding(WORD_CODES, HIDDEN), nn.Embedding(LAC_CODES, HIDDEN)
        nn.init.zeros_(self.word_in.weight)
        nn.init.zeros_(self.lac_in.weight)
        self.word_out, self.lac_out = nn.Embedding(WORD_CODES, 32), nn.Embedding(LAC_CODES, 48)
        self.mix, self.norm = nn.Linear(HIDDEN + 80, HIDDEN), nn.LayerNorm(HIDDEN)
        self.drop = nn.Dropout(0.3)
        self.pointer = nn.Linear(HIDDEN, self.classes * HEAD * 2)

    def forward(self, ids: Tensor, words: Tensor, lac: Tensor) -> Tensor:
        mask = (ids > 0).float()
        h = self.encoder(ids, mask, self.word_in(words) + self.lac_in(lac))
        mixed = self.mix(torch.cat([self.drop(h), self.word_out(words), self.lac_out(lac)], -1))
        h = self.drop(self.norm(F.gelu(mixed) + h))
        batch, length = ids.shape[0], ids.shape[1]
        qk = self.pointer(h).view(batch, length, self.classes, 2, HEAD)
        position = torch.arange(length, dtype=torch.float32)
        angle = position[:, None] * 10000 ** (-torch.arange(0, HEAD, 2, dtype=torch.float32) / HEAD)
        cos = angle.cos().repeat_interleave(2, -1)[None, :, None]
        sin = angle.sin().repeat_interleave(2, -1)[None, :, None]

        def turn(x: Tensor) -> Tensor:
            other = torch.stack([-x[..., 1::2], x[..., ::2]], -1).reshape(x.shape)
            return x * cos + other * sin

        q, k = turn(qk[:, :, :, 0]), turn(qk[:, :, :, 1])
        scores = (q.permute(0, 2, 1, 3) @ k.permute(0, 2, 3, 1)).float() / math.sqrt(HEAD)
        ends = torch.arange(length)[:, None] + torch.arange(LONGEST)[None]
        outside = ends >= length
        band = scores.gather(3, ends.clamp(max=length - 1).expand(batch, self.classes, length, LONGEST))
        return band.masked_fill(outside, -99.0)


def circle_loss(scores: Tensor, right: Tensor, unsure: Tensor, inside: Tensor) -> Tensor:
    """Return the multi-label loss that sets 0 between right and wrong (Su 2020), mean over rows."""
    scores = scores.masked_fill(~inside, -1e9)
    wrong = scores.masked_fill(right | unsure, -1e9)
    missed = (-scores).masked_fill(~right, -1e9)
    zero = torch.zeros_like(scores[:, :1])
    loss = torch.logsumexp(torch.cat([wrong, zero], -1), -1) + torch.logsumexp(torch.cat([missed, zero], -1), -1)
    return loss.mean()
