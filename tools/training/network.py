"""The reader as a torch module: an encoder that scores spans for classes and pairs of spans for relations."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from encoder import HIDDEN, Dropout, load_encoder
from torch import Tensor, nn
from torch.nn import functional as F

from extract.learning.tagging import LAC_CODES, LONGEST, WORD_CODES
from extract.learning.ties import RELATION_HEAD, TIED
from ontology.model import ENTITY_CLASSES

HEAD = 32


def turn(x: Tensor, position: Tensor) -> Tensor:
    """Turn the last dimension by positions that broadcast over the others (rotary embedding, Su et al. 2021)."""
    size = x.shape[-1]
    angle = position[..., None] * 10000 ** (-torch.arange(0, size, 2, dtype=torch.float32) / size)
    cos, sin = angle.cos().repeat_interleave(2, -1), angle.sin().repeat_interleave(2, -1)
    other = torch.stack([-x[..., 1::2], x[..., ::2]], -1).reshape(x.shape)
    return x * cos + other * sin


class Spread(nn.Module):
    """A linear layer whose inputs are divided, and whose weights are multiplied, by a factor a channel.

    The product is the same; inputs of like size lose less when they are rounded to 8 bits (Xiao et al. 2023).
    """

    def __init__(self, layer: nn.Linear, factors: Tensor) -> None:
        super().__init__()
        self.layer = nn.Linear(layer.in_features, layer.out_features)
        with torch.no_grad():
            self.layer.weight.copy_(layer.weight * factors)
            self.layer.bias.copy_(layer.bias)
        self.register_buffer("shares", 1 / factors)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x * self.shares)  # type: ignore[no-any-return]


class Reader(nn.Module):
    """Scores (batch, class, first character, length - 1) and hidden states from characters, word codes and LAC codes.

    Spans: an efficient GlobalPointer, one query and one key a class and character, turned by rotary positions, and
    their product for all pairs up to `LONGEST` apart. Pairs (`pair_scores`): biaffine attention (Dozat & Manning
    2017) between the ends of two spans, one head a relation, turned by where the spans begin.
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
        self.drop = Dropout(0.3)
        self.pointer = nn.Linear(HIDDEN, self.classes * HEAD * 2)
        self.relate = nn.Linear(2 * HIDDEN, len(TIED) * RELATION_HEAD * 2)
        self.subject_bias, self.object_bias = nn.Linear(2 * HIDDEN, len(TIED)), nn.Linear(2 * HIDDEN, len(TIED))
        nn.init.constant_(self.subject_bias.bias, -2.0)

    def forward(self, ids: Tensor, words: Tensor, lac: Tensor) -> tuple[Tensor, Tensor]:
        mask = (ids > 0).float()
        h = self.encoder(ids, mask, self.word_in(words) + self.lac_in(lac))
        mixed = self.mix(torch.cat([self.drop(h), self.word_out(words), self.lac_out(lac)], -1))
        h = self.drop(self.norm(F.gelu(mixed) + h))
        batch, length = ids.shape[0], ids.shape[1]
        qk = self.pointer(h).view(batch, length, self.classes, 2, HEAD)
        position = torch.arange(length, dtype=torch.float32)[None, :, None]
        q, k = turn(qk[:, :, :, 0], position), turn(qk[:, :, :, 1], position)
        scores = (q.permute(0, 2, 1, 3) @ k.permute(0, 2, 3, 1)).float() / math.sqrt(HEAD)
        ends = torch.arange(length)[:, None] + torch.arange(LONGEST)[None]
        outside = ends >= length
        band = scores.gather(3, ends.clamp(max=length - 1).expand(batch, self.classes, length, LONGEST))
        return band.masked_fill(outside, -99.0), h

    def pair_scores(self, hidden: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
        """Return (relation, subject, object) scores of all pairs of spans of one window; `ends` are last characters."""
        spans = torch.cat([hidden[starts], hidden[ends]], -1)
        qk = self.relate(spans).view(len(starts), len(TIED), 2, RELATION_HEAD)
        position = starts.float()[:, None]
        q, k = turn(qk[:, :, 0], position), turn(qk[:, :, 1], position)
        product = torch.einsum("srd,ord->rso", q.float(), k.float()) / math.sqrt(RELATION_HEAD)
        return product + self.subject_bias(spans).float().T[:, :, None] + self.object_bias(spans).float().T[:, None, :]

    def pair_weights(self) -> dict[str, Tensor]:
        """Return the weights behind `pair_scores`, as `extract.learning.ties` wants them."""
        return {
            "relate": self.relate.weight.T, "relate_bias": self.relate.bias,
            "subject": self.subject_bias.weight.T, "object": self.object_bias.weight.T,
            "bias": self.subject_bias.bias + self.object_bias.bias,
        }  # fmt: skip


def circle_loss(scores: Tensor, right: Tensor, unsure: Tensor, inside: Tensor) -> Tensor:
    """Return the multi-label loss that sets 0 between right and wrong (Su 2020), mean over rows."""
    scores = scores.masked_fill(~inside, -1e9)
    wrong = scores.masked_fill(right | unsure, -1e9)
    missed = (-scores).masked_fill(~right, -1e9)
    zero = torch.zeros_like(scores[:, :1])
    loss = torch.logsumexp(torch.cat([wrong, zero], -1), -1) + torch.logsumexp(torch.cat([missed, zero], -1), -1)
    return loss.mean()
