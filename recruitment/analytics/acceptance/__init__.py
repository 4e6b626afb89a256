"""How likely a candidate who has read the offer is to accept it; only to order follow-ups. Pure.

Nothing outside ``recruitment.operations.acceptance`` and the page that shows how well it works may import this.
"""
