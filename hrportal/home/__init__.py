"""The first page: what needs the viewer, and how the path is doing in their scope."""
