"""The wires by which messages leave, one folder for each provider; what a channel is stands in ``notifications.channels``."""
