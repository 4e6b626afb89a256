"""Training the classifier, and choosing how sure it must be. The only place that needs scikit-learn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from recruitment.reply_classification import embedding
from recruitment.reply_classification.classify import combine
from recruitment.reply_classification.dataset import Labelled
from recruitment.reply_classification.features import feature_vector
from recruitment.reply_classification.model import (
    ATTITUDES,
    EMBEDDING_WEIGHT,
    FEATURE_WEIGHT,
    LABELS,
    ReplyModel,
)
from recruitment.reply_classification.rules import judge
from recruitment.reply_classification.text import ngrams

FOLDS = 5
SEED = 20260701
# Weaker regularisation than the default: short replies have few n-grams in common.
INVERSE_PENALTY = 10.0
# Held-out replies must be right this often above the threshold. They are of many voices and harder than most.
WANTED_CORRECTNESS = 0.975
STEPS = tuple(step / 100 for step in range(50, 100))
# Above every possible confidence: only what rules and classifier agree on is automatic.
NEVER = 1.01
# Shape (texts, dimensions).
Vectors = NDArray[np.float32]


def train(replies: Sequence[Labelled]) -> list[ReplyModel]:
    """The model of n-grams, and where this host can embed the one that embeds too, fitted on everything.

    Each threshold comes from replies that the fold at hand was not fitted on.
    """
    ways: list[Vectors | None] = [None]
    if embedding.is_available():
        ways.append(np.array([embedding.embed(reply.text) for reply in replies]))
    return [
        _fitted(replies, threshold=_threshold(replies, vectors=vectors), vectors=vectors) for vectors in ways
    ]


def fit_pipeline(
    replies: Sequence[Labelled], *, vectors: Vectors | None = None
) -> tuple[TfidfVectorizer, list[LogisticRegression]]:
    """The vectoriser and one logistic regression for each output, as scikit-learn has them."""
    vectoriser = TfidfVectorizer(analyzer=ngrams, sublinear_tf=True)
    vectoriser.fit([reply.text for reply in replies])
    columns = features(vectoriser, [reply.text for reply in replies])
    if vectors is not None:
        centred = sparse.csr_matrix((vectors - vectors.mean(axis=0)) * EMBEDDING_WEIGHT)
        columns = sparse.hstack([columns, centred]).tocsr()
    wanted = _wanted(replies)
    classifiers = [
        LogisticRegression(C=INVERSE_PENALTY, solver="liblinear", random_state=SEED).fit(
            columns, wanted[:, at]
        )
        for at in range(wanted.shape[1])
    ]
    return vectoriser, classifiers


def features(vectoriser: TfidfVectorizer, texts: Sequence[str]) -> Any:
    """Sparse matrix of shape (texts, n-grams + cues)."""
    cues = sparse.csr_matrix([[value * FEATURE_WEIGHT for value in feature_vector(text)] for text in texts])
    return sparse.hstack([vectoriser.transform(texts), cues]).tocsr()


def _fitted(replies: Sequence[Labelled], *, threshold: float, vectors: Vectors | None) -> ReplyModel:
    vectoriser, classifiers = fit_pipeline(replies, vectors=vectors)
    return ReplyModel(
        vocabulary={str(gram): int(at) for gram, at in vectoriser.vocabulary_.items()},
        idf=vectoriser.idf_.astype(np.float32),
        weights=np.vstack([classifier.coef_[0] for classifier in classifiers]).astype(np.float32),
        intercepts=np.array([classifier.intercept_[0] for classifier in classifiers], dtype=np.float32),
        threshold=threshold,
        mean=None if vectors is None else vectors.mean(axis=0),
    )


def _threshold(replies: Sequence[Labelled], *, vectors: Vectors | None) -> float:
    """The least confidence at which held-out automatic readings are right often enough."""
    held_out = []
    for kept, left_out in KFold(FOLDS, shuffle=True, random_state=SEED).split(replies):
        model = _fitted(
            [replies[at] for at in kept],
            threshold=NEVER,
            vectors=None if vectors is None else vectors[kept],
        )
        held_out += [
            (
                judge(replies[at].text),
                model.score(replies[at].text, vector=None if vectors is None else vectors[at]),
                replies[at],
            )
            for at in left_out
        ]
    for threshold in STEPS:
        readings = [
            (combine(reply.text, verdict, scores, threshold=threshold), reply)
            for verdict, scores, reply in held_out
        ]
        right = [
            (frozenset(reading.labels), reading.attitude) == (reply.labels, reply.attitude)
            for reading, reply in readings
            if reading.is_automatic
        ]
        if right and sum(right) / len(right) >= WANTED_CORRECTNESS:
            return threshold
    return NEVER


def _wanted(replies: Sequence[Labelled]) -> NDArray[np.int8]:
    return np.array(
        [
            [*(label in reply.labels for label in LABELS), *(value == reply.attitude for value in ATTITUDES)]
            for reply in replies
        ],
        dtype=np.int8,
    )
