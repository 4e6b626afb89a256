"""Every way in which a checked body can come out: each branch of each ``if``, for the rules of the channels."""

from collections.abc import Sequence
from itertools import chain, product
from math import prod

from jinja2 import nodes

MOST_COMBINATIONS = 64


def variants(body: Sequence[nodes.Node]) -> list[list[nodes.Node]]:
    """The body without its ``if``s, once for each combination of their branches.

    Where the combinations are too many, each branch still stands in at least one variant.
    """
    choices = [_choices(node) for node in body]
    if prod(len(found) for found in choices) <= MOST_COMBINATIONS:
        return [list(chain.from_iterable(chosen)) for chosen in product(*choices)]
    rounds = max(len(found) for found in choices)
    return [
        list(chain.from_iterable(found[min(number, len(found) - 1)] for found in choices))
        for number in range(rounds)
    ]


def _choices(node: nodes.Node) -> list[list[nodes.Node]]:
    if isinstance(node, nodes.If):
        bodies = [node.body, *(other.body for other in node.elif_), node.else_]
        return [variant for body in bodies for variant in variants(body)]
    if isinstance(node, nodes.For):
        return [
            [nodes.For(node.target, node.iter, body, node.else_, None, False, lineno=node.lineno)]
            for body in variants(node.body)
        ]
    return [[node]]
