"""Where the pages of the performance app are."""
