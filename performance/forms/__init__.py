"""What people type: shape and plausibility; what may happen is decided by the operations."""
