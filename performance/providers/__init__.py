"""How recommendations leave: one folder-less channel, the AI interview's webhook."""
