"""The way of a recommendation: found, proposed, signed, sent, acknowledged, measured."""
