"""The way of a recommendation: found, put forward, signed, sent, acknowledged, measured."""
