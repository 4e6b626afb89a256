"""The machine side of the performance app; ``hrportal.urls`` mounts its routers."""
