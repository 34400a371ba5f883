"""The span tagger as a torch module."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import torch
from encoder import HIDDEN, load_encoder
from torch import Tensor, nn
from torch.nn import functional as F

from extract.learning.fact_features import CLASSES, LEARNED
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


class Relations(nn.Module):
    """Scores relations between pairs of mentions: (pairs, relations).

    The lower half of the tagger's encoder stays as it is; two layers of its own, which begin as the tagger's
    upper half, see the classes of the things as well.
    """

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.encoder = tagger.encoder
        self.word_in, self.lac_in = tagger.word_in, tagger.lac_in
        half = len(self.encoder.layers) // 2
        self.layers = nn.ModuleList(copy.deepcopy(self.encoder.layers[half:]))
        self.encoder.layers = self.encoder.layers[:half]
        for part in (self.encoder, self.word_in, self.lac_in):
            for parameter in part.parameters():
                parameter.requires_grad_(False)
        self.class_in = nn.Embedding(2 * len(CLASSES) + 1, HIDDEN)
        nn.init.normal_(self.class_in.weight, std=0.02)
        self.class_out, self.distance = nn.Embedding(len(CLASSES), 48), nn.Embedding(64, 32)
        self.subject, self.object = nn.Linear(2 * HIDDEN + 48, 320), nn.Linear(2 * HIDDEN + 48, 320)
        self.hidden, self.out = nn.Linear(3 * 320 + 32, 384), nn.Linear(384, len(LEARNED))
        nn.init.constant_(self.out.bias, -2.0)
        self.drop = nn.Dropout(0.25)

    def lower(self, ids: Tensor, words: Tensor, lac: Tensor) -> Tensor:
        """Return what the frozen half says; it can be kept over the epochs."""
        return self.encoder(ids, (ids > 0).float(), self.word_in(words) + self.lac_in(lac))

    def upper(
        self,
        h: Tensor,
        mask: Tensor,
        classes: Tensor,
        window: Tensor,
        mentions: Tensor,
        pairs: Tensor,
        distances: Tensor,
    ) -> Tensor:
        """Score pairs; `window` says which window each mention is in."""
        h = h + self.class_in(classes).sum(2)
        bias = (1.0 - mask)[:, None, None, :] * -1e4
        for layer in self.layers:
            h = layer(h, bias)
        first, last = h[window, mentions[:, 0]], h[window, mentions[:, 1]]
        ends = torch.cat([self.drop(first), self.drop(last), self.class_out(mentions[:, 2])], -1)
        s = F.gelu(self.subject(ends))[pairs[:, 0]]
        o = F.gelu(self.object(ends))[pairs[:, 1]]
        joined = torch.cat([s, o, s * o, self.distance(distances)], -1)
        return self.out(self.drop(F.gelu(self.hidden(joined))))

    def forward(
        self,
        ids: Tensor,
        words: Tensor,
        lac: Tensor,
        classes: Tensor,
        mentions: Tensor,
        pairs: Tensor,
        distances: Tensor,
    ) -> Tensor:
        """Score the pairs of one window."""
        window = torch.zeros_like(mentions[:, 0])
        h = self.lower(ids, words, lac)
        return self.upper(h, (ids > 0).float(), classes, window, mentions, pairs, distances)
