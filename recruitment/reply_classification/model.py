"""The classifier as it runs: numbers in one file, scored with numpy, no code inside.

A file is an ``.npz`` without pickled objects; its checksum is over the bytes. Meaning of the
arrays: ``vocabulary`` (n-grams), ``idf`` (as scikit-learn smooths it), ``cues`` (names of the cue
columns), ``weights`` (outputs × (n-grams + cues)), ``intercepts``, ``outputs`` (names),
``threshold`` (least confidence that stays automatic). The last three stand a second time with
``embedded_`` before their name, for hosts that can embed sentences: those weights have the dimensions
of the embedding, less ``embedded_mean``, as further columns.
"""

import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recruitment.enums import ReplyLabel, TargetAttitude
from recruitment.reply_classification import embedding
from recruitment.reply_classification.features import NAMES, feature_vector
from recruitment.reply_classification.text import ngrams

FORMAT = 2
FEATURE_WEIGHT = 0.5
# Embeddings of one language differ little; this brings them to the size of the n-grams.
EMBEDDING_WEIGHT = 4.0
LABELS = tuple(ReplyLabel)
ATTITUDES = tuple(TargetAttitude)
OUTPUTS = (*(f"label:{label}" for label in LABELS), *(f"attitude:{attitude}" for attitude in ATTITUDES))


class ModelUnusable(Exception):
    """The bytes are not a model of this portal: damaged, of another format, or made with other cues."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of one reply, each output by itself."""

    labels: dict[ReplyLabel, float]
    attitudes: dict[TargetAttitude, float]


@dataclass(frozen=True)
class ReplyModel:
    """Weights of a trained classifier.

    Attributes:
        vocabulary: n-gram to column.
        idf: one per n-gram.
        weights: shape (outputs, n-grams + cues, and the dimensions of the embedding), float32.
        intercepts: shape (outputs,).
        threshold: least confidence that stays automatic where rules do not decide.
        mean: of the embeddings it was trained on; None for a model that reads without them.
    """

    vocabulary: dict[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    threshold: float
    mean: NDArray[np.float32] | None = None

    @cached_property
    def _columns(self) -> NDArray[np.float32]:
        """The weights by column, so that a reply touches only rows of its own n-grams."""
        return np.ascontiguousarray(self.weights.T)

    def score(self, text: str, *, vector: NDArray[np.float32] | None = None) -> Scores:
        """Probability of each output: logistic of weights on normalised tf-idf (1 + log tf), cues, embedding.

        ``vector`` is the embedding of the text where it is known already.
        """
        counts = Counter(gram for gram in ngrams(text) if gram in self.vocabulary)
        at = np.fromiter((self.vocabulary[gram] for gram in counts), dtype=np.intp, count=len(counts))
        often = np.fromiter(counts.values(), dtype=np.float64, count=len(counts))
        values = (1 + np.log(often)) * self.idf[at]
        length = float(np.linalg.norm(values)) or 1.0
        dense = np.asarray(feature_vector(text)) * FEATURE_WEIGHT
        if self.mean is not None:
            vector = embedding.embed(text) if vector is None else vector
            dense = np.concatenate([dense, (vector - self.mean) * EMBEDDING_WEIGHT])
        sums = (
            self.intercepts + (values / length) @ self._columns[at] + dense @ self._columns[len(self.idf) :]
        )
        probabilities = 1 / (1 + np.exp(-sums))
        return Scores(
            labels={label: float(probabilities[i]) for i, label in enumerate(LABELS)},
            attitudes={value: float(probabilities[len(LABELS) + i]) for i, value in enumerate(ATTITUDES)},
        )


def dump_model(models: Sequence[ReplyModel]) -> bytes:
    """One file, the same bytes for the same numbers: the model of n-grams, then the one that embeds too."""
    file = io.BytesIO()
    plain = models[0]
    grams = sorted(plain.vocabulary, key=plain.vocabulary.__getitem__)
    arrays: dict[str, Any] = {
        "format": np.array(FORMAT),
        "vocabulary": np.array(grams),
        "cues": np.array(NAMES),
        "outputs": np.array(OUTPUTS),
        "idf": plain.idf,
    }
    for model in models:
        prefix = "" if model.mean is None else "embedded_"
        # Half precision halves the file; the least difference between labels is far above its error.
        arrays[f"{prefix}weights"] = model.weights.astype(np.float16)
        arrays[f"{prefix}intercepts"] = model.intercepts
        arrays[f"{prefix}threshold"] = np.array(model.threshold)
        if model.mean is not None:
            arrays[f"{prefix}mean"] = model.mean
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def load_model(content: bytes, *, checksum: str, embeds: bool | None = None) -> ReplyModel:
    """Read the model that this host can use: the one that embeds, where the engine and the file have it.

    ``embeds`` False asks for the one of n-grams.

    Raises:
        ModelUnusable: the bytes are not what the checksum is of, or not a model for this code.
    """
    if checksum_of(content) != checksum:
        raise ModelUnusable("The checksum differs; the file was damaged or replaced.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            found: dict[str, Any] = {name: file[name] for name in file.files}
        fits = (
            int(found["format"]) == FORMAT
            and tuple(found["cues"]) == NAMES
            and tuple(found["outputs"]) == OUTPUTS
        )
        embeds = "embedded_weights" in found and (embedding.is_available() if embeds is None else embeds)
        which = "embedded_" if embeds else ""
        model = ReplyModel(
            vocabulary={str(gram): at for at, gram in enumerate(found["vocabulary"])},
            idf=found["idf"].astype(np.float32),
            weights=found[f"{which}weights"].astype(np.float32),
            intercepts=found[f"{which}intercepts"].astype(np.float32),
            threshold=float(found[f"{which}threshold"]),
            mean=found["embedded_mean"].astype(np.float32) if embeds else None,
        )
    except (KeyError, OSError, ValueError) as fault:
        raise ModelUnusable("This is not a model of replies.") from fault
    if not fits:
        raise ModelUnusable("The model was made for other cues or another format; train it again.")
    return model


def checksum_of(content: bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
