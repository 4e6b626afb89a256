"""The machine side of the performance app; ``hrportal.api`` mounts its routers."""
